from index.tokens import printed_tokens, tokens
from index.training.asking import learn


def test_kana_count_in_pairs_and_alone_only_by_themselves() -> None:
    assert tokens("アメ橋") == ["桥", "アメ", "メ桥"]
    assert tokens("ア 橋、カ") == ["桥", "ア桥", "カ"]
    assert tokens("x ア y") == ["x", "ア", "y"]


def test_normal_forms_come_after_what_is_printed() -> None:
    printed = ["约", "2.3", "万"]
    assert printed_tokens("约2.3万") == printed
    assert tokens("约2.3万") == [*printed, "23000"]
    assert tokens("4月", date="2022-04-15") == ["4", "月", "2022-04"]


def test_asking_tokens_are_frequent_in_questions_everywhere() -> None:
    def pair(number: int, subject: str) -> tuple[str, str]:
        return f"{subject}什么{number}", f"{subject}有桥{number}"

    pairs = [pair(i, "江") for i in range(50)]
    # ten questions in a row about what their paragraphs do not name
    pairs[:10] = [("瓷器什么", f"江有桥{i}") for i in range(10)]
    assert {"什么", "什"} <= (found := learn(pairs))
    assert not {"江", "瓷器"} & found
