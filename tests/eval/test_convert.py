"""Public question files, and what readers said, as articles and sets of this program."""

import argparse
import gzip
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.convert import feedback, register, rgb, squad
from eval.convert.made import Made, spread
from eval.convert.quotes import one_line, plain, sentence_at, sentence_with
from eval.sets import Evidence, Question, dumped, read_set
from eval.sets.check import check
from index.build import build
from index.store import Store
from rag.errors import InputError
from tests.conftest import HashEmbedder
from ui.chats.judged import Judged, everything, gold

RIVER = (
    "Port Astin lies on the Tolle. The Tolle is 212 km long.\n"
    "A bridge of  212 m\u2028crosses it. It was built in 1961, and closed in 2032."
)
SQUAD = {
    "data": [
        {
            "title": "Tolle",
            "paragraphs": [
                {
                    "context": RIVER,
                    "qas": [
                        {
                            "question": "How long is the bridge?",
                            "answers": [{"text": "212", "answer_start": RIVER.index("212 m")}],
                        },
                        {
                            "question": "How long is the river?",
                            "answers": [
                                {"text": "212 km", "answer_start": RIVER.index("212 km")},
                                {"text": "212", "answer_start": RIVER.index("212 km")},
                            ],
                        },
                        {"question": "How wide is the bridge?", "is_impossible": True},
                        {"question": "Who built it?", "answers": []},
                        {"question": "Who crossed it?", "answers": [{"text": "the ferryman"}]},
                        {"question": " ", "answers": ["1961"]},
                    ],
                },
                {"context": "The ferry sank.", "qas": []},
            ],
        },
        {
            "context": "Second article, of Harrow.",
            "qas": [{"question": "Of what?", "answers": ["Harrow"]}],
        },
    ]
}  # fmt: skip
CMRC = [
    {
        "context_id": "DEV_0",
        "title": "石桥",
        "context_text": "石橋長五百米。石橋是2031年重建的。",
        "qas": [
            {
                "query_text": "石橋哪一年重建？",
                "query_id": "D_0",
                "answers": ["2031年", "2031年", "2031"],
            }
        ],
    }
]
RGB = [
    {
        "id": 0,
        "query": "石桥长多少米？",
        "answer": [["½ km", "480米"]],
        "fakeanswer": "470米",
        "positive": [
            "记者1480米外看见石桥。\n石桥长480米。",
            "据报道，石桥全长多少米？答：480米。",
        ],
        "positive_wrong": ["石桥长470米。", "石桥全长470米。"],
        "negative": ["木桥长30米。"],
    },
    {
        "id": 1,
        "query": "石桥和木桥哪年建成？",
        "answer": ["1961年", "2031年"],
        "fakeanswer": "1年",
        "positive": ["石桥1961年建成。", "木桥2031年建成。"],
        "negative": ["木桥长30米。"],
    },
    {
        "id": 2,
        "query": "谁建的？",
        "answer": [7, "石匠"],
        "positive": ["17名石匠建的。"],
        "negative": [],
    },
]


def write(path: Path, content: object) -> Path:
    data = json.dumps(content, ensure_ascii=False).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_lines(path: Path, *rows: object) -> Path:
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers(required=True))
    options = parser.parse_args(["convert", *map(str, arguments)])
    code: int = options.command(options)
    return code


def test_a_squad_file_becomes_articles_and_questions(tmp_path: Path) -> None:
    made = squad.convert([write(tmp_path / "river.json.gz", SQUAD)])
    assert made.articles == [
        {
            "id": "river-00001",
            "source": "river-00001",
            "title": "Tolle",
            "text": "Port Astin lies on the Tolle. The Tolle is 212 km long.\nA bridge of 212 m\n"
            "crosses it. It was built in 1961, and closed in 2032.\nThe ferry sank.",
        },
        {"id": "river-00002", "source": "river-00002", "text": "Second article, of Harrow."},
    ]
    assert [dumped(question) for question in made.questions] == [
        {
            "id": "river-q00001", "question": "How long is the bridge?", "language": "en",
            "type": "single", "answerable": True, "answers": [["212"]],
            "evidence": [{"source": "river-00001", "quote": "A bridge of 212 m"}],
            "evidence_language": "en",
        },
        {
            "id": "river-q00002", "question": "How long is the river?", "language": "en",
            "type": "single", "answerable": True, "answers": [["212 km", "212"]],
            "evidence": [{"source": "river-00001", "quote": "The Tolle is 212 km long."}],
            "evidence_language": "en",
        },
        {
            "id": "river-q00003", "question": "How wide is the bridge?", "language": "en",
            "type": "unanswerable", "answerable": False, "about": "river-00001",
        },
        {
            "id": "river-q00007", "question": "Of what?", "language": "en", "type": "single",
            "answerable": True, "answers": [["Harrow"]],
            "evidence": [{"source": "river-00002", "quote": "Second article, of Harrow."}],
            "evidence_language": "en",
        },
    ]  # fmt: skip
    assert made.left_out == {
        "no answer": 1, "no sentence of its paragraph holds the answer": 1, "no question": 1,
    }  # fmt: skip


def test_the_shape_of_cmrc_is_read_and_its_script_seen(tmp_path: Path) -> None:
    path = write(tmp_path / "cmrc.json", CMRC)
    (question,) = squad.convert([path]).questions
    assert (question.language, question.evidence_language) == ("zh-Hant", "zh-Hant")
    assert question.answers == (("2031年", "2031"),)
    assert question.evidence == (Evidence("cmrc-00001", "石橋是2031年重建的。"),)
    (said,) = squad.convert([path], "lzh").questions
    assert (said.language, said.evidence_language) == ("lzh", "lzh")


@pytest.mark.parametrize(
    ("start", "words", "sentence"),
    [
        (0, "One", "One."),
        (5, "Two two.", "Two two."),
        (0, "One. Two", "One. Two two."),
        (14, "Three", "Three."),
        (5, "Two two.\nThree", None),
        (90, "One", None),
        (-1, "One", None),
    ],
)
def test_the_sentence_at_a_place(start: int, words: str, sentence: str | None) -> None:
    assert sentence_at("One. Two two.\nThree.", start, start + len(words)) == sentence


def test_the_sentence_with_an_answer_is_the_one_most_like_the_question() -> None:
    texts = ["It has 70 seats.", "The council has 70 seats. There were 170 of 70.5 and 70,000."]
    assert sentence_with(texts, ["70"], "How many seats has the council?") == (
        "The council has 70 seats."
    )
    assert sentence_with(texts, ["70"], "") == "It has 70 seats."
    assert sentence_with(texts, ["seats. There"], "") == (
        "The council has 70 seats. There were 170 of 70.5 and 70,000."
    )
    assert sentence_with(["170 或 70.5 或 70,000"], ["70"], "") is None
    assert sentence_with(texts, ["COUNCIL"], "") == "The council has 70 seats."


TEXT = st.text(st.characters(categories=["Lu", "Lo", "Nd", "Po", "Zs", "Cc", "Zl", "Cs"]))


@settings(derandomize=True, deadline=None)
@given(TEXT, st.integers(-2, 30), st.integers(1, 30))
def test_every_sentence_stands_in_a_line_of_the_plain_text(text: str, start: int, n: int) -> None:
    stored = plain(text).split("\n")
    quote = sentence_at(text, start, start + n)
    if quote is not None:
        assert any(quote in line for line in stored)
        assert one_line(text[start : start + n]) in quote or not text[start : start + n].strip()
    found = sentence_with([text], [text[:3]], "") if text[:3].strip() else None
    assert found is None or any(found in line for line in stored)


def test_rgb_becomes_snippets_and_questions(tmp_path: Path) -> None:
    made = rgb.convert([write_lines(tmp_path / "rgb.jsonl.gz", *RGB)], wrong=1)
    assert [(article["id"], article["text"]) for article in made.articles] == [
        ("rgb-0001-p1", "记者1480米外看见石桥。\n石桥长480米。"),
        ("rgb-0001-p2", "据报道，石桥全长多少米？答：480米。"),
        ("rgb-0001-n1", "木桥长30米。"),
        ("rgb-0001-w1", "石桥长470米。"),
        ("rgb-0002-p1", "石桥1961年建成。"),
        ("rgb-0002-p2", "木桥2031年建成。"),
        ("rgb-0003-p1", "17名石匠建的。"),
    ]
    first, second = made.questions
    assert (first.type, first.answers, first.forbidden) == (
        "single", (("480米", "½ km"),), ("470米",),
    )  # fmt: skip
    assert first.evidence == (Evidence("rgb-0001-p1", "石桥长480米。"),)
    assert (second.type, second.answers) == ("multi", (("1961年",), ("2031年",)))
    assert second.evidence == (
        Evidence("rgb-0002-p1", "石桥1961年建成。"), Evidence("rgb-0002-p2", "木桥2031年建成。"),
    )  # fmt: skip
    assert second.forbidden == ()
    assert made.left_out == {
        "a fake answer that stands in the right one (its question is kept)": 1,
        "no sentence of a positive snippet holds the answer": 1,
    }


@pytest.mark.parametrize("kind", ["squad", "rgb"])
def test_what_is_converted_can_be_indexed_and_checked(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = (
        [write(tmp_path / "river.json", SQUAD), write(tmp_path / "cmrc.json", CMRC)]
        if kind == "squad"
        else [write_lines(tmp_path / "rgb.jsonl", *RGB)]
    )
    articles, questions = tmp_path / "articles.jsonl", tmp_path / "set.jsonl"
    assert run(kind, *given, "--articles", articles, "--set", questions, "--json") == 0
    out, err = capsys.readouterr()
    facts = json.loads(out)
    assert facts["questions"] == len(read_set(questions).questions)
    assert facts["articles"] == len(read_lines(articles))
    assert sum(facts["left_out"].values()) == {"squad": 3, "rgb": 2}[kind]
    assert err.startswith("left out: 1 × ")
    assert read_set(questions).name == {"squad": "river+cmrc", "rgb": "rgb"}[kind]
    build([articles], tmp_path / "store", HashEmbedder())
    checked = check([questions], Store(tmp_path / "store").current())
    assert (checked.faults, checked.warnings) == ((), ())


def test_a_limit_spreads_over_all_and_keeps_the_articles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = write(tmp_path / "river.json", SQUAD)
    out = ["--articles", tmp_path / "a.jsonl", "--set", tmp_path / "s.jsonl"]
    assert run("squad", given, *out, "--limit", "2") == 0
    ids = [question.id for question in read_set(tmp_path / "s.jsonl").questions]
    assert ids == ["river-q00001", "river-q00003"]
    assert len(read_lines(tmp_path / "a.jsonl")) == 2
    assert "2 questions → " in capsys.readouterr().out
    numbers = [Question(str(n), "?", "en", "x", False) for n in range(10)]
    assert [q.id for q in spread(numbers, 4)] == ["0", "2", "5", "7"]
    assert spread(numbers, 10) == spread(numbers, None) == numbers


def test_what_breaks_the_rules_of_a_set_is_left_out() -> None:
    made = Made()
    made.question(Question("q", "?", "en", "injected", False))
    made.question(Question("q", "?", "en", "x", False))
    made.question(Question("q", "??", "en", "x", False))
    assert [question.text for question in made.questions] == ["?"]
    assert sum(made.left_out.values()) == 2


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("x.json", b"{", "cannot be read as JSON"),
        ("x.json", b"\xff\xfe\x00", "is not UTF-8"),
        ("x.json.gz", b"no gzip", "cannot be read"),
        ("x.json", b"7", "is no SQuAD-style file: it has no list of articles"),
        ("x.json", b'{"data": [{"paragraphs": [{"context": ""}]}, 7]}', "no article has a context"),
        ("x.json", b'[{"context": "a", "qas": [{"question": "b"}]}]', "no question could be conv"),
    ],
)
def test_other_files_are_refused_and_nothing_is_written(
    tmp_path: Path, name: str, data: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(data)
    out = ["--articles", tmp_path / "a.jsonl", "--set", tmp_path / "s.jsonl"]
    with pytest.raises(InputError, match=told):
        run("squad", tmp_path / name, *out)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[1]", "line 1, not a JSON object"),
        ("{", "line 1, not a JSON object"),
        ('{"query": "a", "positive": []}', "line 1, no RGB question"),
        ('{"positive": ["a"]}', "line 1, no RGB question"),
        ("", "no question could be converted"),
    ],
)
def test_other_lines_are_no_rgb(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "x.jsonl").write_text(line + "\n")
    with pytest.raises(InputError, match=told):
        run("rgb", tmp_path / "x.jsonl", "--articles", tmp_path / "a", "--set", tmp_path / "s")


def test_nothing_is_written_over(tmp_path: Path) -> None:
    given = write(tmp_path / "river.json", SQUAD)
    for articles, questions in (("a", "a"), ("river.json", "s"), ("a", "river.json")):
        with pytest.raises(InputError, match="name another"):
            run("squad", given, "--articles", tmp_path / articles, "--set", tmp_path / questions)
    (tmp_path / "other").mkdir()
    twin = write(tmp_path / "other" / "river.json", SQUAD)
    with pytest.raises(InputError, match="2 files are named river"):
        run("squad", given, twin, "--articles", tmp_path / "a", "--set", tmp_path / "s")
    with pytest.raises(InputError, match="cannot be written"):
        run("squad", given, "--articles", tmp_path / "no" / "a", "--set", tmp_path / "s")
    assert read_lines(given) == [SQUAD]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "paragraphs", "context", "qas", "question", "answers", "text", "title",
                 "answer_start", "query", "positive", "answer", "fakeanswer", "negative"]
            ),
            inner, max_size=4,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@settings(derandomize=True, deadline=None)
@given(JSON)
def test_any_json_is_converted_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: object
) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = folder / "any.json"
    path.write_text(json.dumps(content))
    for convert in (squad.convert, rgb.convert):
        try:
            made = convert([path])
        except InputError as error:
            assert str(path) in str(error)  # noqa: PT017 - either outcome is right
        else:
            assert all(article["text"].strip() for article in made.articles)


def sentence(text: str, *cited: tuple[str, str]) -> dict[str, Any]:
    return {
        "text": text,
        "citations": [
            {"paragraph": p, "source": "bridge.md", "quote": {"text": quote}} for p, quote in cited
        ],
    }


def given_answer(**changes: Any) -> dict[str, Any]:
    """What was asked and answered, as the chat keeps it."""
    answer = {
        "abstained": False,
        "sentences": [
            sentence("桥长500米。", ("p1", "桥长五百米")),
            sentence("2031年重建，花了1,200万元。", ("p1", "2031年重建"), ("p2", "1,200万元")),
            sentence("就是这样。"),
        ],
        "hits": [
            {
                "paragraph": "p1",
                "text": "桥长五百米，2031年重建。",
                "date": "2031-05-01",
                "title": "桥",
            },
            {"paragraph": "p2", "text": "花了1,200万元。", "date": None, "title": "桥"},
        ],
    }
    return {
        "question": "桥多长？", "language": "", "history": [["哪座桥？", "石桥。"], ["", "x"]],
        "filters": {"since": None, "until": None, "sources": [], "articles": []},
        "answer": answer, **changes,
    }  # fmt: skip


def judged(turn: int, sentence: int, verdict: str, **changes: Any) -> Judged:
    given = given_answer(**changes)
    return Judged("store", "reader", "chat", turn, sentence, verdict, "", "2031", given)


REFUSED_ANSWER = {"abstained": True, "sentences": [], "hits": []}
ROWS = [
    judged(1, 0, "right"),
    judged(1, 1, "right"),
    judged(2, 0, "right", question="桥多宽？", answer=REFUSED_ANSWER),
    judged(3, 0, "right"),
    judged(3, 2, "citation_wrong"),
    judged(4, 0, "wrong"),
    judged(4, 1, "wrong"),
    judged(5, 0, "right", filters={"since": "2030", "until": None, "sources": []}),
    judged(6, 0, "right", answer={**REFUSED_ANSWER, "abstained": False}),
    judged(6, 3, "citation_wrong"),
]


def test_answers_judged_right_become_the_questions_that_the_chat_makes_of_them() -> None:
    made = feedback.questions([everything(row) for row in ROWS])
    assert [dumped(q) for q in made.questions] == [
        {name: value for name, value in fields.items() if value != []} for fields in gold(ROWS)
    ]
    assert [question.text for question in made.questions] == ["桥多长？", "桥多宽？"]
    assert made.questions[0].evidence[2] == Evidence("bridge.md", "1,200万元")
    assert made.left_out == {
        "an answer with a sentence that is not right": 2,
        "an answer that is not right": 1,
        "an answer to a question with limits": 1,
    }
    again = feedback.questions(list(gold(ROWS)))
    assert again.questions == made.questions


def test_verdicts_on_sentences_become_labels() -> None:
    made = feedback.labels([everything(row) for row in ROWS])
    name = ROWS[0].id, ROWS[3].id
    first = {"text": "桥长五百米，2031年重建。", "date": "2031-05-01", "title": "桥"}
    second = {"text": "花了1,200万元。", "date": None, "title": "桥"}
    common = {"question": "桥多长？", "language": "zh"}
    assert made.lines == [
        {
            "id": f"{name[0]}-1", **common, "sentence": "桥长500米。", "sources": [first],
            "label": "supported", "origin": "reader",
        },
        {
            "id": f"{name[1]}-2", **common, "sentence": "2031年重建，花了1,200万元。",
            "sources": [first, second], "label": "unsupported", "origin": "reader",
        },
    ]  # fmt: skip
    assert made.left_out == {
        "a verdict on a whole answer": 6,
        "a wrong sentence: whether its source says it is not known": 1,
        "a sentence that cites nothing": 1,
    }


def test_the_command_writes_both_for_the_owner_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_lines(tmp_path / "all.jsonl", *map(everything, ROWS))
    questions, labels = tmp_path / "asked.jsonl", tmp_path / "labels.jsonl"
    assert run("feedback", path, "--set", questions, "--labels", labels, "--json") == 0
    out, err = capsys.readouterr()
    facts = json.loads(out)
    assert (facts["questions"], facts["labels"]) == (2, 2)
    assert sum(facts["labels_left_out"].values()) == 8
    assert err.count("left out: ") == 2
    assert read_set(questions).name == "asked"
    assert len(read_lines(labels)) == 2
    for made in (questions, labels):
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert run("feedback", path, "--labels", labels) == 0
    assert capsys.readouterr().out == f"2 labelled sentences → {labels}\n"


@pytest.mark.parametrize(
    ("lines", "options", "told"),
    [
        ([], ["--set"], "holds no feedback"),
        ([everything(ROWS[0])], [], "nothing to write"),
        ([everything(ROWS[0])], ["--labels"], "no verdict that labels a sentence"),
        ([everything(ROWS[5])], ["--set"], "no question could be converted"),
        ([{"verdict": "right"}], ["--set"], "no verdict of the chat's export: 1"),
        ([{"verdict": "right", "id": "x"}], ["--set"], "no verdict of the chat's export: 1"),
        ([{"a": 1}], ["--set"], 'no question of a set: "a": no such field'),
        (list(gold(ROWS)), ["--labels"], "has no verdicts on sentences"),
    ],
)
def test_feedback_that_makes_nothing_is_told(
    tmp_path: Path, lines: list[object], options: list[str], told: str
) -> None:
    path = write_lines(tmp_path / "all.jsonl", *lines)
    with pytest.raises(InputError, match=told):
        run("feedback", path, *[word for name in options for word in (name, tmp_path / "out")])
    assert [found.name for found in tmp_path.iterdir()] == ["all.jsonl"]


def test_broken_text_is_written_as_utf_8(tmp_path: Path) -> None:
    line = json.dumps(everything(judged(1, 0, "right", question="半个\ud83d字")))
    (tmp_path / "all.jsonl").write_text(line + "\n")
    assert run("feedback", tmp_path / "all.jsonl", "--set", tmp_path / "out") == 0
    assert [question.text for question in read_set(tmp_path / "out").questions] == ["半个?字"]
    qas = [{"question": "谁\ud83d？", "answers": ["石\ud83d桥"]}]
    (tmp_path / "x.json").write_text(json.dumps([{"context": "石\ud83d桥\0。", "qas": qas}]))
    assert (
        run("squad", tmp_path / "x.json", "--articles", tmp_path / "a", "--set", tmp_path / "s")
        == 0
    )
    assert read_lines(tmp_path / "a")[0]["text"] == "石?桥 。"
    assert read_set(tmp_path / "s").questions[0].evidence[0].quote == "石?桥 。"


LINES = st.builds(
    lambda line, changes, answer: {**line, **changes, **({"answer": answer} if answer else {})},
    st.sampled_from([everything(row) for row in ROWS]),
    st.dictionaries(
        st.sampled_from(
            ["id", "verdict", "sentence", "question", "language", "history", "filters"]
        ),
        JSON,
        max_size=2,
    ),
    st.none()
    | st.dictionaries(st.sampled_from(["abstained", "sentences", "hits"]), JSON, max_size=3)
    | st.builds(
        lambda sentences: {**given_answer()["answer"], "sentences": sentences},
        st.lists(st.fixed_dictionaries({"text": JSON, "citations": JSON}), max_size=3),
    ),
)


@settings(derandomize=True, deadline=None)
@given(st.lists(LINES, max_size=3))
def test_any_feedback_is_converted_or_left_out(lines: list[dict[str, Any]]) -> None:
    made, labels = feedback.questions(lines), feedback.labels(lines)
    assert len(labels.lines) + sum(labels.left_out.values()) == len(lines)
    assert len(made.questions) + sum(made.left_out.values()) <= len(lines)
