import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval.metrics import METRICS
from eval.report import HEADLINE, figure, interval, page, render, report, table, write
from eval.report.digest import digest, rounded
from eval.report.page.markup import anchor, escaped, foreign, marked
from eval.report.rerun import command
from eval.report.words import milliseconds, plain, width
from eval.report.worst import FAULTS
from eval.runner import Run
from rag.errors import InputError
from tests.eval.report_runs import (
    CORRECTED,
    DECLINED,
    EVIL,
    FAILED,
    INJECTED,
    MADE_UP,
    QUESTIONS,
    QUOTED,
    REFUSED,
    RIGHT,
    UNFOUND,
    UNSUPPORTED,
    made_run,
)

JUDGED = {
    "judge": {"name": "nli<b>"},
    "agreement": {
        "labels": {"n": 160, "kappa": 0.31, "low": 0.2, "high": 0.42, "accuracy": 0.7,
                   "balanced_accuracy": 0.65, "unknown": 0.05,
                   "confusion": {"supported": {"supported": 70, "unknown": 4}}},
        "tiers": None,
    },
    "poor": True,
    "faithfulness": {"supported": {"n": 9, "mean": 0.777, "low": 0.6, "high": 0.9},
                     "upper": {"n": 9, "mean": 0.888, "low": 0.7, "high": 1.0}},
    "run": {"sentences": 9, "judged": 9},
    "cost": {"calls": 169, "failed": 0, "prompt_tokens": None, "reply_tokens": None,
             "seconds": 12.3},
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return made_run(tmp_path)


def test_counts_means_and_baselines_are_those_of_the_rows(run: Run) -> None:
    made = report(run)
    assert made["schema"] == 2
    assert made["questions"]["outcomes"] == {"right": 3, "wrong": 4, "refused": 2, "failed": 1}
    assert made["questions"]["failed"] == [FAILED]
    assert made["questions"]["asked"] == made["questions"]["in_set"] == 10
    # metro.md (also by the corrections, `about` and the twin), other.md, and the hostile source.
    assert made["questions"]["articles"] == 3
    metrics = made["metrics"]
    assert list(metrics) == list(METRICS)
    # Answerable and not failed: right, unsupported, refused, injected, unfound, hostile.
    assert metrics["over_refusal"]["n"] == 6
    assert metrics["over_refusal"]["mean"] == pytest.approx(2 / 6, abs=1e-6)
    # Unanswerable: declined, made up, corrected.
    assert metrics["false_answer"]["mean"] == pytest.approx(1 / 3, abs=1e-6)
    assert metrics["net_score"]["mean"] == pytest.approx((3 - 4 - 1) / 10)
    assert metrics["net_score"]["baselines"]["random"] is None
    # The baseline answers every question with the one line: right for six that ask its length
    # (of the seven answerable, all but the hostile one) and for the one that is corrected by it.
    assert metrics["answer_correct"]["baselines"]["bm25"] == pytest.approx(6 / 7, abs=1e-6)
    assert metrics["false_answer"]["baselines"]["bm25"] == pytest.approx(2 / 3, abs=1e-6)
    assert metrics["over_refusal"]["unknown"] is None
    assert "evidence_missing" not in made["run"]


def test_unknown_shares_are_means_over_the_answers_that_have_one(run: Run) -> None:
    few = {name: run.rows[name] for name in (RIGHT, MADE_UP)}
    made = report(replace(run, rows=few))["metrics"]["citation_recall"]
    assert (made["n"], made["mean"], made["unknown"]) == (2, 0.5, 0.5)


def test_groups_have_the_headline_the_largest_first(run: Run) -> None:
    groups = report(run)["groups"]
    assert list(groups["type"])[:2] == ["single", "numeric"]
    assert groups["type"]["single"]["n"] == 3
    assert groups["type"]["single"]["outcomes"] == {
        "right": 0, "wrong": 0, "refused": 2, "failed": 1,
    }  # fmt: skip
    assert tuple(groups["type"]["single"]["metrics"]) == HEADLINE
    assert groups["type"]["single"]["metrics"]["over_refusal"]["mean"] == 1.0
    assert {name: of["n"] for name, of in groups["language"].items()} == {
        "zh": 6, "en": 1, "es": 1, "ja": 1, "zh-Hant": 1,
    }  # fmt: skip
    assert {name: of["n"] for name, of in groups["evidence"].items()} == {
        "in the question's language": 5, "in another language": 2,
    }  # fmt: skip
    assert {name: of["n"] for name, of in groups["split"].items()} == {"tuned": 2, "unseen": 1}
    assert groups["set"] == {}


def test_files_are_a_group_where_none_of_their_questions_is_left_out(tmp_path: Path) -> None:
    parts = [{"name": "a", "sha256": "", "questions": 4}, {"name": "b", "sha256": "",
                                                             "questions": 6}]  # fmt: skip
    groups = report(made_run(tmp_path, sets=parts))["groups"]["set"]
    assert {name: of["n"] for name, of in groups.items()} == {"b": 6, "a": 4}
    assert groups["a"]["outcomes"] == {"right": 2, "wrong": 2, "refused": 0, "failed": 0}
    parts[1]["questions"] = 7  # one was left out by a filter: nobody knows which
    assert report(made_run(tmp_path, sets=parts))["groups"]["set"] == {}


def test_verdicts_tell_what_they_are_worth(run: Run) -> None:
    verdicts = report(run)["verdicts"]
    assert list(verdicts) == ["supported", "partial", "unknown", "unsupported"]
    assert {name: of["sentences"] for name, of in verdicts.items()} == {
        "supported": 3, "partial": 1, "unknown": 1, "unsupported": 3,
    }  # fmt: skip
    # Of the supported ones the answers to `right` (by another printing of the evidence) and
    # `injected` cite gold evidence; `corrected` has none. Right are `right` and `corrected`.
    assert verdicts["supported"]["cites_gold"]["n"] == 2
    assert verdicts["supported"]["cites_gold"]["mean"] == 1.0
    assert verdicts["supported"]["right"]["mean"] == pytest.approx(2 / 3, abs=1e-6)
    assert verdicts["unknown"]["cites_gold"]["n"] == 0
    assert verdicts["unsupported"]["right"]["mean"] == 0.0


def test_risk_and_calibration_by_hand(run: Run) -> None:
    made = report(run)
    curve = made["risk_coverage"]
    # The corrected answer has no confidence and is left out; four abstained or failed.
    assert curve["n"] == 9
    assert [(p["confidence"], p["coverage"], p["risk"]) for p in curve["points"]] == [
        (0.9, pytest.approx(1 / 9, abs=1e-6), 0.0),
        (0.85, pytest.approx(2 / 9, abs=1e-6), 0.5),
        (0.8, pytest.approx(4 / 9, abs=1e-6), 0.75),
        (0.35, pytest.approx(5 / 9, abs=1e-6), 0.8),
    ]
    sure = made["calibration"]
    assert sure["n"] == 5
    filled = {bin_["low"]: bin_ for bin_ in sure["bins"] if bin_["n"]}
    assert {low: (of["n"], of["right"]) for low, of in filled.items()} == {
        0.3: (1, 0.0), 0.8: (3, 0.0), 0.9: (1, 1.0),
    }  # fmt: skip
    assert filled[0.8]["confidence"] == pytest.approx((0.85 + 0.8 + 0.8) / 3, abs=1e-6)
    assert sure["ece"] == pytest.approx((0.35 + 0.85 + 0.8 + 0.8 + 0.1) / 5, abs=1e-6)
    squares = 0.35**2 + 0.85**2 + 0.8**2 + 0.8**2 + 0.1**2
    assert sure["brier"] == pytest.approx(squares / 5, abs=1e-6)


def test_times_and_tokens(run: Run) -> None:
    made = report(run)
    assert made["latency"]["retrieve"] == {"n": 9, "p50": 50.0, "p95": 86.0, "max": 90.0}
    assert made["latency"]["total"]["max"] == 9000.0
    assert made["tokens"] == {
        "prompt": {"n": 2, "p50": 200.0, "p95": 290.0, "sum": 400},
        "reply": {"n": 2, "p50": 20.0, "p95": 29.0, "sum": 40},
    }


def test_the_worst_come_in_the_documented_order(run: Run) -> None:
    worst = report(run)["worst"]
    names = [item["id"] for item in worst]
    assert names == [FAILED, INJECTED, MADE_UP, UNSUPPORTED, EVIL, REFUSED, UNFOUND]
    assert set(names) == {q.id for q in QUESTIONS} - {RIGHT, DECLINED, CORRECTED}
    why = {item["id"]: item["why"] for item in worst}
    assert why[FAILED] == ["failed"]
    assert why[INJECTED][:2] == [
        "follows an instruction that stands in an article",
        "says a value that is known to be false",
    ]
    assert why[REFUSED] == ["refuses although the articles answer"]
    assert why[UNFOUND] == ["refuses although the articles answer", "the evidence was not found"]
    assert "has a figure that what it cites does not give" in why[UNSUPPORTED]
    assert {fault.metric for fault in FAULTS} <= METRICS.keys()


def test_the_digest_is_of_the_figures_alone(run: Run, tmp_path: Path) -> None:
    made = report(run)
    kept = {key: value for key, value in made.items() if key not in ("digest", "latency", "judges")}
    place = ("machine", "python", "packages", "yinzheng")
    kept["run"] = {key: value for key, value in made["run"].items() if key not in place}
    assert made["digest"] == digest(kept)
    elsewhere = made_run(tmp_path, machine={"cpus": 64}, python="3.13", packages={})
    slower = replace(elsewhere, timings={RIGHT: {"total_ms": 1.0}})
    (tmp_path / "judged-nli.json").write_text(json.dumps(JUDGED), "utf-8")
    assert report(slower)["digest"] == made["digest"]
    assert report(slower)["judges"] == {"nli": JUDGED}
    assert report(made_run(tmp_path, k=5))["digest"] != made["digest"]
    fewer = replace(run, rows={n: row for n, row in run.rows.items() if n != REFUSED})
    assert report(fewer)["digest"] != made["digest"]
    assert digest({"b": 1, "a": "é"}) == (
        # printf '{"a":"\\u00e9","b":1}' | sha256sum
        "6d9eb45284090145dc16661b06abe01185a16a7dabba07c992a131bffa6b8114"
    )


def test_figures_are_rounded_so_that_no_processor_shows() -> None:
    assert rounded({"a": [0.1 + 0.2, -1e-9], "b": (1, True, None, "x")}) == {
        "a": [0.3, 0.0], "b": [1, True, None, "x"],
    }  # fmt: skip
    assert str(rounded(-1e-9)) == "0.0"


def test_a_summary_that_no_judge_wrote_is_refused(run: Run) -> None:
    path = run.folder / "judged-x.json"
    for text in ("[1]", "{", '{"judge": {}}', json.dumps({**JUDGED, "agreement": None})):
        path.write_text(text, "utf-8")
        with pytest.raises(InputError, match=r"judged-x.json .*ask the judge again"):
            report(run)


@pytest.mark.parametrize(
    ("key", "value"),
    [("confidence", 1.5), ("confidence", "0.5"), ("confidence", True), ("tokens", 7),
     ("tokens", {"prompt": 3}), ("tokens", {"prompt": 3, "reply": -1}), ("hits", "none")],
)  # fmt: skip
def test_a_row_that_is_none_is_refused_by_name(run: Run, key: str, value: object) -> None:
    changed = {**run.rows, REFUSED: {**run.rows[REFUSED], key: value}}
    with pytest.raises(InputError, match=rf"row '{REFUSED}', {key}"):
        report(replace(run, rows=changed))


def test_files_are_written_whole_and_read_back(run: Run) -> None:
    made = write(run)
    names = sorted(path.name for path in run.folder.iterdir())
    assert names == ["report.html", "report.json", "report.md"]
    text = (run.folder / "report.json").read_text("utf-8")
    assert json.loads(text) == made
    assert "\u202e" not in text and '"right"' in text  # told by number, and still the same JSON
    assert (run.folder / "report.md").read_text("utf-8") == render(made)
    assert write(run) == made
    (run.folder / "report.md").unlink()
    (run.folder / "report.md").mkdir()
    with pytest.raises(InputError, match=r"report.md cannot be written"):
        write(run)


def test_a_run_without_answers_has_a_report(tmp_path: Path) -> None:
    empty = replace(made_run(tmp_path), rows={}, timings={}, baselines={})
    made = write(empty)
    assert made["metrics"]["recall@5"] == {
        "n": 0, "mean": None, "low": None, "high": None, "unknown": None,
        "baselines": {"random": None, "bm25": None},
    }  # fmt: skip
    assert "NaN" not in render(made) and "0 of 10 questions asked" in render(made)
    text = (tmp_path / "report.html").read_text("utf-8")
    assert not re.search(r"\bnan\b|\bNone\b", text)


def test_the_markdown_has_figures_worst_and_digest(run: Run) -> None:
    (run.folder / "judged-nli.json").write_text(json.dumps(JUDGED), "utf-8")
    made = report(run)
    text = render(made)
    assert text.startswith("# hand, answered by hand.gguf\n")
    assert "10 of 10 questions asked: 3 right, 4 wrong, 2 refused, 1 failed." in text
    assert f"Evidence missing in this store (counted as not found): {UNFOUND}." in text
    assert re.search(r"\| over_refusal ↓ +\| +0\.333 \| + [\d.]+ … [\d.]+ \| +6 \|", text)
    assert f"- {FAILED}: failed\n- {INJECTED}: follows an instruction" in text
    assert "| nli<b> (agrees poorly with the labels) | 160 |" in text
    assert text.endswith(f"figures digest {made['digest']}\n")
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", line)) >= 5 for line in lines)


def test_the_command_makes_the_run_again(tmp_path: Path) -> None:
    assert command(made_run(tmp_path, set="x").header) == (
        "python -m eval run hand.jsonl --store STORE --llm hand.gguf --answer-style prose "
        "--unsupported flag -k 8 --filter type=numeric --filter 'id=a b' --verbatim"
    )
    hostile = made_run(tmp_path, llm="x; rm -rf ~\n\x1b[2J").header
    assert "--llm 'x; rm -rf ~ ⟨U+001B⟩[2J'" in command(hostile)


class _Tags(HTMLParser):
    """Collects elements, attributes and ids, and checks that they are closed in order."""

    VOID = frozenset(("meta", "br", "input"))

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        found = dict(attributes)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_one_file_in_which_strangers_have_no_say(run: Run) -> None:
    (run.folder / "judged-nli.json").write_text(json.dumps(JUDGED), "utf-8")
    made = report(run)
    text = page(run, made)
    tags = _Tags()
    tags.feed(text)
    tags.close()
    assert tags.open == []
    assert not tags.tags & {"script", "img", "link", "iframe", "object", "base", "form", "font"}
    assert not {name for name in tags.attributes if name.startswith("on")}
    assert not tags.attributes & {"src", "srcset", "style", "action", "data"}
    assert len(tags.ids) == len(set(tags.ids))
    assert all(link.startswith("#") and link[1:] in tags.ids for link in tags.links)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert "http" not in re.sub("http-equiv|http://evil.example", "", text)
    assert "url(" not in text and "@import" not in text
    assert len(text) < 200_000  # not forty times the long line
    assert f"figures digest <code>{made['digest']}</code>" in text
    assert text.index("It agrees poorly") < text.index("Judged faithfulness 0.777")
    assert text.index("0.310") < text.index("Judged faithfulness 0.777")


def test_the_page_shows_an_answer_with_what_it_cites(run: Run) -> None:
    text = page(run, report(run))
    case = text[text.index(f'id="q-{anchor(EVIL)}"') :]
    case = case[: case.index("</article>")]
    assert f'<mark class="cited gold">{QUOTED}</mark>' in case
    assert '<span class="verdict partial">partial</span>' in case
    assert "expected evidence" in case and "characters left out" in case
    assert "&lt;/script&gt;&lt;script&gt;window.owned=1" in case
    assert '<span class="hidden">U+202E</span>evil' in case
    failed = text[text.index(f'id="q-{FAILED}"') :]
    assert "the model stopped" in failed[: failed.index("</article>")]
    refused = text[text.index(f'id="q-{UNFOUND}"') :]
    refused = refused[: refused.index("</article>")]
    assert "另一条线还没有开工。" in refused  # what was found instead
    assert f'id="r-{RIGHT}"' in text and f'id="q-{RIGHT}"' not in text


def test_marks_may_overlap_and_reach_beyond_the_text() -> None:
    assert marked("abcdef", [(1, 4, "cited"), (3, 9, "gold"), (5, 2, "gold"), (-3, 0, "x")]) == (
        'a<mark class="cited">bc</mark><mark class="cited gold">d</mark>'
        '<mark class="gold">ef</mark>'
    )
    assert marked("a<b", []) == "a&lt;b"
    long = "x" * 5000
    assert marked(long, [(4000, 4010, "cited")]) == (
        f'{"x" * 300}<span class="cut"> … 3,450 characters left out … </span>{"x" * 250}'
        f'<mark class="cited">{"x" * 10}</mark>{"x" * 250}'
        '<span class="cut"> … 740 characters left out … </span>'
    )


def test_texts_of_strangers() -> None:
    assert escaped("a\r\nb\x00<\ud800'") == (
        'a\nb<span class="hidden">U+0000</span>&lt;<span class="hidden">U+D800</span>&#x27;'
    )
    assert foreign("新聞報導說車站關閉") == (
        '<bdi dir="auto" lang="zh-Hant">新聞報導說車站關閉</bdi>'
    )
    assert foreign("新闻报道说车站关闭", tag="p", css="q").startswith(
        '<p class="q" dir="auto" lang="zh-Hans">'
    )
    assert anchor("a b~c") == "a~20~b~7e~c"
    assert anchor("a b") != anchor("a~20~b")
    assert plain("a\n\x1b[0m\u202e b") == "a ⟨U+001B⟩[0m⟨U+202E⟩ b"


def test_figures_and_tables_in_words() -> None:
    assert (figure(None), figure(0.12345), interval(None, None)) == ("—", "0.123", "—")
    assert interval(0.1, 0.25) == "0.100 … 0.250"
    times = [milliseconds(value) for value in (None, 3.21, 840, 2400)]
    assert times == ["—", "3.2 ms", "840 ms", "2.4 s"]
    assert width("二号线e\u0301") == 7
    assert table(("名", "n"), [("a|b", "1"), ("二号线", "2")]) == (
        "| 名     |  n |\n| ------ | -: |\n| a\\|b   |  1 |\n| 二号线 |  2 |"
    )
