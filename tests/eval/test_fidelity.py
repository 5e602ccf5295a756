"""The bench of fidelity: reading, counting, targets, report."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.bench.fidelity.bench import Plan, planned, run
from eval.bench.fidelity.cases import Case, Skip
from eval.bench.fidelity.outcomes import Outcome, share
from eval.bench.fidelity.pairs import half_of, read_pairs
from eval.bench.fidelity.report import failures, markdown, write_report
from eval.bench.fidelity.rgb import FORMS, contests, statement
from eval.bench.fidelity.table import alarm_target, compact, corrupted_rows, rgb_rows, true_rows
from rag.errors import InputError
from rag.support import Source, Support

ENGLISH = (
    "The Old Bridge was opened on May 14, 1993 by Anna Berg. It has seven gates, it cost 3 "
    "million euros. More than 90% of the visitors come from France."
)
TEXTS = {
    "xquad_en": (ENGLISH, [("Who opened the bridge?", "Anna Berg")]),
    "xquad_zh": (
        "老桥于1993年5月14日由安娜·贝格揭幕。它有七座门，造价300万欧元。九成以上的游客来自法国。",
        [("谁为桥揭幕？", "安娜·贝格")],
    ),
}


def _zipped(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder as the command wants it, every set in eight copies so that both halves have some."""
    for name, (text, asked) in TEXTS.items():
        qas = [{"question": q, "answers": [{"text": a}]} for q, a in asked]
        blocks = [{"context": f"{text} {n}.", "qas": qas} for n in range(8)]
        _zipped(
            tmp_path / "dev" / f"{name}.json.gz", json.dumps({"data": [{"paragraphs": blocks}]})
        )
    row = {
        "query": "Who opened the bridge in 1993?",
        "answer": [["Anna Berg", "A. Berg"]],
        "fakeanswer": "Tom Frost",
        "positive": ["In 1993 Anna Berg opened it. Kiel paid."],
        "positive_wrong": ["In 1993 Tom Frost opened it. Kiel paid."],
    }
    rows = [json.dumps(row | {"id": n}) for n in range(8)]
    _zipped(tmp_path / "dev" / "rgb_en_fact.jsonl.gz", "\n".join(rows) + "\n")
    pairs = "\n".join(f"Bridge {n} has {n} gates.\t桥{n}有{n}座门。" for n in range(200))
    _zipped(tmp_path / "train" / "parallel" / "wmt.eng-zho.tsv.gz", pairs + "\n")
    headline = {
        "date": "20220924",
        "title": "【今日】老桥今天再次通车",
        "body": "<p>老桥通车。</p>",
    }
    heads = [json.dumps(headline | {"title": f"老桥今天第{n}次通车"}) for n in range(8)]
    _zipped(tmp_path / "train" / "headlines_zh.jsonl.gz", "\n".join(heads) + "\n")
    return tmp_path


def always(verdict: str, *reasons: str):  # type: ignore[no-untyped-def]
    def checker(sentence: str, sources: Sequence[Source]) -> Support:
        return Support(verdict, reasons, ())  # type: ignore[arg-type]

    return checker


def outcome(
    table: str, row: str, verdict: str, *, form: str = "verbatim", label: str = "zh", **more: object
) -> Outcome:
    true = more.get("true", table == "true")
    before = str(more.get("before", ""))
    text = str(more.get("sentence", "甲。"))
    case = Case(table, row, label, form, text, Source("甲。乙。"), true, before)  # type: ignore[arg-type]
    return Outcome(case, verdict, (), 1.0, 1.0)


def test_an_interval_of_wilson() -> None:
    # 9 of 10: (0.9 + 1.92073/10 ± 1.96·√(0.09/10 + 3.8415/400)) / 1.38415
    found = share([True] * 9 + [False])
    assert (found.n, found.mean) == (10, 0.9)
    assert (round(found.low or 0, 4), round(found.high or 0, 4)) == (0.5958, 0.9821)
    none = share([])
    assert (none.n, none.mean, none.low) == (0, None, None)
    assert share([True] * 50).high == pytest.approx(1.0)


def test_halves_split_the_data_and_keep_translations_together(data: Path) -> None:
    tune, report = (
        {pair.key for pair in read_pairs(data / "dev", half, 99, 1)} for half in ("tune", "report")
    )
    assert tune and report and not tune & report
    assert all(half_of(key) == "tune" for key in tune)
    across = [c for c in planned(Plan(data, "tune", ("across",))) if isinstance(c, Case)]
    assert {c.label for c in across} == {
        "en → zh",
        "zh → en",
        "en → zh (paragraph)",
        "zh → en (paragraph)",
    }


def test_the_seed_alone_decides(data: Path) -> None:
    first, again, other = (list(planned(Plan(data, "tune", seed=seed))) for seed in (1, 1, 2))
    assert first == again != other


def test_what_is_asked(data: Path) -> None:
    found = [c for c in planned(Plan(data, "report")) if isinstance(c, Case)]
    names = {c.row for c in found if c.table == "corrupted" and c.label == "en"}
    assert {"digit changed", "month shifted", "万↔亿, million↔billion"} <= names
    assert {"percent → plain number", "negation added", "quantifier flipped"} <= names
    assert {c.row for c in found if c.table == "rgb"} == set(FORMS)
    assert {c.row for c in found if c.table == "natural"} == {"headline (not all true)"}
    dated = [c.source for c in found if c.table == "natural"]
    assert {source.date for source in dated} == {"2022-09-24"}
    assert all(c.sentence != c.before for c in found if c.table == "corrupted")
    near = next(c for c in found if c.label == "en → zh")
    assert 3 <= near.source.text.count("。") <= 5  # the sentence and its neighbours


def test_a_folder_without_sets(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    with pytest.raises(InputError):
        list(planned(Plan(tmp_path)))


def test_detected_is_unsupported_or_partial() -> None:
    verdicts = ["unsupported", "unsupported", "partial", "unknown", "supported"]
    found = [outcome("corrupted", "year shifted", v) for v in verdicts]
    first, second = corrupted_rows(found, [Skip("year shifted", "zh"), Skip("year shifted", "en")])
    assert (first["language"], first["skipped"]) == ("one language", 2)
    assert (second["language"], second["skipped"]) == ("zh", 1)
    assert second["n"] == 5 and second["detected"] == 0.6 and second["unsupported"] == 0.4
    assert second["target"] == "≥ 0.97" and second["met"] == "NO"
    [line] = compact([first, second])
    assert line["zh"] == "0.600 (5)" and line["detected"] == 0.6


def test_told_apart_counts_what_was_supported_before() -> None:
    found = [
        outcome("true", "as it stands", "supported", sentence="甲。"),
        outcome("true", "attributed", "partial", sentence="据报道，甲。", form="reworded"),
        outcome("corrupted", "negation added", "supported", before="甲。"),
        outcome("corrupted", "negation added", "partial", before="据报道，甲。"),
    ]
    row = corrupted_rows(found, [])[0]
    assert row["detected"] == 0.5 and row["told apart"] == 0.0


def test_across_languages_is_no_part_of_one_language() -> None:
    found = [
        outcome("corrupted", "day shifted", "unsupported"),
        outcome("corrupted", "day shifted", "unknown", label="en → zh"),
    ]
    shares = {row["language"]: row["detected"] for row in corrupted_rows(found, [])}
    assert shares == {"one language": 1.0, "zh": 1.0, "en → zh": 0.0}


def test_false_alarms_are_unsupported_alone() -> None:
    found = [outcome("true", "as it stands", "supported") for _ in range(49)]
    rows = true_rows([*found, outcome("true", "as it stands", "unsupported")])
    assert rows[0]["sentences"] == "all verbatim"
    assert rows[0]["false alarms"] == 0.02 and rows[0]["met"] == "yes"
    assert rows[0]["partial"] == 0.0
    again = true_rows([*found[:40], outcome("true", "as it stands", "unsupported")])
    assert again[0]["met"] == "NO"


@pytest.mark.parametrize(
    ("name", "label", "target"),
    [
        ("moved", "ru", 0.02),
        ("translated, with digits", "en → zh", 0.03),
        ("translated", "en → zh", None),
        ("translated, with digits", "ja → en", None),
    ],
)
def test_alarm_targets(name: str, label: str, target: float | None) -> None:
    assert alarm_target(name, label) == target


def test_rgb_needs_both_right() -> None:
    verdicts = [("supported", "partial"), ("supported", "supported"), ("unknown", "unsupported")]
    found = [
        outcome("rgb", FORMS[0], verdict, true=true, form="natural")
        for pair in verdicts
        for verdict, true in zip(pair, (True, False), strict=True)
    ]
    [row] = rgb_rows(found)
    assert row["n"] == 3 and row["both right"] == pytest.approx(1 / 3)
    assert row["true supported"] == row["fake noticed"] == pytest.approx(2 / 3)
    assert row["fake unsupported"] == pytest.approx(1 / 3) and row["met"] == "NO"


def test_contests() -> None:
    row = {
        "query": "How was the bridge opened in 1993?",
        "answer": [["Anna Berg"]],
        "fakeanswer": "Tom Frost",
        "positive": [
            "Nobody knows.",
            "It is old. Anna Berg opened it. Kiel paid.",
            "1993: Anna Berg.",
        ],
        "positive_wrong": ["Nobody knows.", "It is old. Tom Frost opened it. Kiel paid.", "-"],
    }
    alone, sentence = contests(row, "rgb_en_fact", "en")
    assert (alone.true, alone.fake) == ("Anna Berg", "Tom Frost")
    assert (sentence.true, sentence.fake) == ("Anna Berg opened it.", "Tom Frost opened it.")
    assert sentence.source.text == row["positive"][1]
    row["query"] = "Who directed the bridge works in 1993?"
    *_, told = contests(row, "rgb_en_fact", "en")
    assert told.true == "Anna Berg directed the bridge works in 1993."
    assert told.source.text == "1993: Anna Berg."  # the snippet with the question's year


def test_a_snippet_falsified_elsewhere_gives_the_true_sentence_with_the_fake_answer() -> None:
    row = {
        "query": "桥长多少米？", "answer": "350", "fakeanswer": "450",
        "positive": ["桥长350米。已通车。"], "positive_wrong": ["已通车。"],
    }  # fmt: skip
    found = list(contests(row, "rgb_zh_fact", "zh"))
    assert [(c.true, c.fake) for c in found] == [
        ("350", "450"),
        ("桥长350米。", "桥长450米。"),
        ("桥长350米。", "桥长450米。"),
    ]


@pytest.mark.parametrize(
    ("language", "question", "answer", "expected"),
    [
        ("zh", "《桥》的导演是谁？", "王山", "《桥》的导演是王山。"),
        ("zh", "老桥在哪个城市", "北城", "老桥在北城。"),
        ("zh", "老桥开通时间？", "1993年", "老桥开通时间是1993年。"),
        ("zh", "为何修桥？", "发展", None),
        ("en", "Who acquired the bridge?", "Kiel", "Kiel acquired the bridge."),
        ("en", "Who is the owner of it?", "Kiel", "Kiel is the owner of it."),
        ("en", "When was the bridge released?", "May 2020", "The bridge was released in May 2020."),
        ("en", "When was it founded?", "May 14, 2020", "It was founded on May 14, 2020."),
        ("en", "How old is it?", "ten", None),
    ],
)
def test_statements(language: str, question: str, answer: str, expected: str | None) -> None:
    assert statement(question, answer, language) == expected


def test_a_checker_that_doubts_everything_fails_on_the_true(data: Path) -> None:
    tables = run(Plan(data, "tune", ("pairs", "rgb")), always("unsupported", "no: way")).tables()
    assert {row["detected"] for row in tables["Corrupted sentences"]} == {1.0}
    assert {row["told apart"] for row in tables["Corrupted sentences"]} == {None}
    assert {row["met"] for row in tables["True sentences"]} == {"NO"}
    assert {row["both right"] for row in tables["RGB: true and fake answers"]} == {0.0}
    trusting = run(Plan(data, "tune", ("pairs",)), always("supported")).tables()
    assert {row["detected"] for row in trusting["Corrupted sentences"]} == {0.0}
    assert {row["met"] for row in trusting["True sentences"]} == {"yes"}


def test_the_report(data: Path, tmp_path: Path) -> None:
    result = run(Plan(data, "tune", ("pairs",)), always("unsupported", "number not there: 5"))
    out = tmp_path / "out"
    write_report(result.tables(), result.outcomes, "half: tune", out)
    text = (out / "fidelity.md").read_text("utf-8")
    assert text.startswith("# Fidelity\n\nhalf: tune\n") and "## True sentences" in text
    stored = json.loads((out / "fidelity.json").read_text("utf-8"))
    assert stored["tables"]["True sentences"][0]["sentences"] == "all verbatim"
    told = (out / "failures.md").read_text("utf-8")
    assert "- number not there: " in told and "## true · as it stands · en · verbatim" in told


def test_failures_and_doubts_are_listed_apart() -> None:
    found = [
        outcome("true", "moved", "partial", form="reworded"),
        outcome("corrupted", "year shifted", "supported", before="乙。"),
        outcome("corrupted", "year shifted", "partial"),
        outcome("natural", "headline", "unsupported", true=None),
    ]
    text = failures(found)
    head, doubts = text.split("# True, but not called supported: 1")
    assert "# Failures: 1 of 4" in head and "year shifted · zh · verbatim: 1 of 2" in head
    assert "- was: 乙。" in head and "moved · zh · reworded: 1 of 1" in doubts


def test_markdown() -> None:
    rows = [{"a": 0.25, "b": "x|y"}, {"a": None, "c": 3}]
    assert markdown(rows).splitlines() == [
        "| a | b | c |",
        "| --- | --- | --- |",
        "| 0.250 | x\\|y |  |",
        "|  |  | 3 |",
    ]


def test_the_command(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["bench", "fidelity", "--data", str(data), "--half", "tune", "--limit", "2"]
    assert main([*command, "--only", "pairs", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["table"] for row in rows} == {"Corrupted sentences", "True sentences", "Speed"}
    assert main([*command, "--only", "pairs"]) == 0
    assert capsys.readouterr().out.startswith("Corrupted sentences\ncorruption ")
    with pytest.raises(SystemExit):
        main([*command, "--only", "nothing"])
