import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from index.embedder import BUNDLED
from index.unigram import LONGEST_TEXT, LONGEST_WORD, SOME, Tokens, UnigramTokenizer

CONTENT = (BUNDLED / "tokenizer.json").read_text("utf-8")
LIBRARY = Tokenizer.from_str(CONTENT)
ARRAYS = UnigramTokenizer(CONTENT)

# Characters that normalisation and the rules of words treat each in a way of its own.
SCRIPTS = [
    "中文國語气気著么麼体",
    "かながばぱゞヽーナバハ゛゜ﾊﾞﾊﾟｶｷ",
    "abXYÉñßÆİıſﬁ№™",
    "e\u0301a\u0308\u0323\u0301中\u0301\u0338",
    "가각한ㄱㅏㅎ\u1100\u1161\u11a8",
    "бвёйІЯ",
    "ابتةَُِّ٠١٢ﷺ",
    "กขคำแ์ नमस्ते",
    "👍🏽👩\u200d👧🇨🇳©️",
    "0123456789０１９３٣४५①½㎡²",
    "\0\x01\x85\xad\u200b\u200d\ufeff\ufffd\u0378\ue000\U000e0041\U00010d30\r\n\t ",
    "，。！？…—“”·.,-/()<unk>",
    "\u0d4e\u0600\U00020000\U0002f800豈\ufa10ΆσςΣ",
]


def split(tokens: Tokens) -> list[list[int]]:
    bounds = tokens.bounds.tolist()
    return [tokens.ids[a:b].tolist() for a, b in zip(bounds, bounds[1:], strict=False)]


def expected(texts: list[str]) -> list[list[int]]:
    return [LIBRARY.encode(text, add_special_tokens=False).ids for text in texts]


def same(texts: list[str]) -> bool:
    return split(ARRAYS.encode_together(texts)) == expected(texts)


letters = st.one_of([st.sampled_from(script) for script in SCRIPTS])
mixed = st.text(st.one_of(letters, st.characters(exclude_categories=["Cs"])), max_size=40)


@settings(deadline=None)  # tables are made when they are first needed
@given(st.lists(mixed, max_size=6))
def test_any_texts_get_the_ids_of_the_library(texts: list[str]) -> None:
    assert same(texts)


def test_articles_get_the_ids_of_the_library() -> None:
    paths = sorted((BUNDLED.parent / "sample").glob("*.md"))
    texts = [line for path in paths for line in path.read_text("utf-8").split("\n")]
    assert len(texts) > 50
    assert same(texts)


@pytest.mark.parametrize(
    "text",
    [
        "2022年04月14日，1234567890人次",  # digits in fours, from the start of each run
        "５Ｇ手機ＡＢＣ１２３４５",
        "長江大橋…於1957年通車——「全長1670米」",
        "カタカナひらがなカナ漢字ー長音",
        "中\u0301文",  # as one grapheme the fold of the first character replaces both
        "\u0378\u0378中文\u0378abc\u0378",  # unassigned characters vanish where words begin
        "a<unk>b <unk>",  # the name of the unknown piece, in the text
        "龘龘靐 a龘b",
        "字" * (LONGEST_WORD + 1) + "，短句",
    ],
)
def test_special_texts_get_the_ids_of_the_library(text: str) -> None:
    neighbours = ["前一句话。", text, "", "后一句话。"]
    assert same(neighbours)


def test_a_very_long_text_is_left_to_the_library() -> None:
    text = "一句话，" * (LONGEST_TEXT // 4) + "完"
    assert split(ARRAYS.encode_together([text, "完"])) == expected([text, "完"])


def test_little_and_much_text_gets_the_same_ids() -> None:
    tokenizer = UnigramTokenizer(CONTENT)
    few = ["新桥有多长？", "", "How long is it?"]
    many = [f"第{i}座桥长{i}米。" for i in range(SOME // 20)]
    for texts in (few, many, few, many, many, []):  # the arrays come into use among these
        assert split(tokenizer.encode(texts)) == expected(texts)


def test_lone_surrogates_count_as_replacement_characters() -> None:
    for encode in (ARRAYS.encode, ARRAYS.encode_together):
        assert split(encode(["新\ud800桥", "旧桥"])) == expected(["新\ufffd桥", "旧桥"])


def test_threads_may_share_a_tokeniser() -> None:
    texts = [chr(c) * 2 + "桥a" for c in range(0x3041, 0x3041 + 4000)]
    fresh = UnigramTokenizer(CONTENT)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(fresh.encode_together, [texts] * 4))
    assert [split(tokens) for tokens in results] == [expected(texts)] * 4


def changed(**parts: Any) -> str:
    return json.dumps({**json.loads(CONTENT), **parts})


@pytest.mark.parametrize(
    "content",
    [
        changed(pre_tokenizer={"type": "WhitespaceSplit"}),
        changed(normalizer={"type": "NFKC"}),
        changed(normalizer=None),
        changed(model={**json.loads(CONTENT)["model"], "byte_fallback": True}),
        changed(model={"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}),
        changed(model={**json.loads(CONTENT)["model"], "vocab": [["<unk>", 20.0]]}),
        "no JSON",
    ],
)
def test_other_rules_are_refused(content: str) -> None:
    with pytest.raises(ValueError, match=r"other rules|Expecting value"):
        UnigramTokenizer(content)
