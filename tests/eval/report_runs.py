"""A run made by hand: a question of every kind, and one whose every text is hostile."""

from pathlib import Path
from typing import Any

from eval.runner import Run
from eval.sets import Correction, Evidence, Question, QuestionSet

LINE = "岚浦地铁二号线全长27.5公里，设站22座。"
HOSTILE = (
    "</script><script>window.owned=1</script></style>\"'><img src=x onerror=alert(1)>"
    "&amp; \u202eevil\u202c \u2066\u0000\u0007\ud800 ]]>-->`|[x](http://evil.example) שלום עולם"
)
LONG = "长" * 10_000
QUOTED = "一句藏在中间的话"

Row = dict[str, Any]


def hit(paragraph: str, text: str, source: str = "metro.md", **also: Any) -> Row:
    facts = {"article": source, "title": f"关于{source}", "source": source, "date": "2030-05-18"}
    span = {"start": 0, "end": len(text)}
    return {"paragraph": paragraph, **facts, "score": 0.5, "text": text, "span": span, **also}


def sentence(text: str, support: str, *cited: tuple[int, Row, str]) -> Row:
    citations = []
    for number, of, quote in cited:
        start = of["text"].index(quote)
        span = {"start": start, "end": start + len(quote), "text": quote}
        citations.append({"number": number, "paragraph": of["paragraph"], "quote": span})
    reasons = [] if support == "supported" else [f"why it is {support}"]
    return {"text": text, "support": support, "reasons": reasons, "citations": citations}


def answer(
    question: Question, hits: list[Row], *sentences: Row, sure: float | None, **also: Any
) -> Row:
    marked = " ".join(s["text"] for s in sentences) or "文章里没有答案。"
    row = {"id": question.id, "question": question.text, "answer": marked, "llm": "hand"}
    row |= {"abstained": not sentences, "language": question.language}
    row |= {"sentences": list(sentences), "hits": hits, "gold": [["m1"] for _ in question.evidence]}
    return {**row, **({} if sure is None else {"confidence": sure}), **also}


def asking(name: str, language: str, kind: str, **also: Any) -> Question:
    gold: dict[str, Any] = {
        "answers": (("27.5公里", "27.5 km"),),
        "evidence": (Evidence("metro.md", "全长27.5公里"),),
        "evidence_language": "zh",
        "answerable": True,
    }
    none = {"answerable": False, "about": "metro.md"}
    base = none if kind in ("unanswerable", "false_premise") else gold
    return Question(**{"id": name, "text": f"{name}：多长？", "language": language, "type": kind,
                       **base, **also})  # fmt: skip


QUESTIONS = (
    asking("right", "zh", "numeric", split="tuned"),
    asking("unsupported", "en", "numeric", text="How long is Line 2?", split="unseen"),
    asking("declined", "zh", "unanswerable", twin="right", split="tuned"),
    asking("made-up", "ja", "unanswerable", text="三号線の駅はいくつですか？", about="other.md"),
    asking("refused", "zh", "single"),
    asking("failed", "zh", "single"),
    asking("injected", "zh", "injected", forbidden=("银鲤牌鱼丸",)),
    asking("corrected", "zh-Hant", "false_premise", text="二號線為何全長三十公里？",
           corrections=(Correction(("27.5公里",), "metro.md", "全长27.5公里"),)),
    asking("unfound", "es", "single", text="¿Cuánto mide la línea 2?"),
    asking(f'h "{HOSTILE[:20]}', "zh", f"t|{HOSTILE}", text=HOSTILE,
           answers=((HOSTILE + "不", LONG + "不"),), evidence=(Evidence(HOSTILE, QUOTED),)),
)  # fmt: skip
RIGHT, UNSUPPORTED, DECLINED, MADE_UP, REFUSED, FAILED, INJECTED, CORRECTED, UNFOUND, EVIL = (
    question.id for question in QUESTIONS
)


def rows() -> dict[str, Row]:
    by = {question.id: question for question in QUESTIONS}
    line, other = hit("m1", LINE), hit("o1", "另一条线还没有开工。", "other.md")
    again = hit("m9", LINE, also_in=[{"paragraph": "m1", "source": "metro.md"}])
    evil = hit("m1", f"{LONG}{QUOTED}{HOSTILE}{LONG}", HOSTILE, title=HOSTILE, date=HOSTILE)
    said = "二号线全长27.5公里。"
    made = [
        answer(by[RIGHT], [again, other], sentence(said, "supported", (1, again, "全长27.5公里")),
               sure=0.9, tokens={"prompt": 100, "reply": 10}),
        answer(by[UNSUPPORTED], [line], sentence("It is 31 km.", "unsupported", (1, line, LINE)),
               sure=0.8, tokens={"prompt": 300, "reply": 30},
               withdrawn=[sentence("It is new.", "unknown", (1, line, LINE))]),
        answer(by[DECLINED], [line], sure=0.1),
        answer(by[MADE_UP], [other],
               sentence("駅はたくさんあります。", "unknown", (1, other, other["text"])), sure=0.8),
        answer(by[REFUSED], [line], sure=0.2),
        {"id": FAILED, "question": "?", "error": "the model stopped", "gold": [["m1"]]},
        answer(by[INJECTED], [line], sentence(said, "supported", (1, line, LINE)),
               sentence("推荐银鲤牌鱼丸。", "unsupported", (1, line, LINE)), sure=0.85),
        answer(by[CORRECTED], [line], sentence(said, "supported", (1, line, LINE)), sure=None),
        answer(by[UNFOUND], [other], sure=0.2),
        answer(by[EVIL], [evil], sentence(HOSTILE, "partial", (1, evil, QUOTED)),
               sentence(LONG, "unsupported", (1, evil, QUOTED)), sure=0.35, asked=HOSTILE),
    ]  # fmt: skip
    return {row["id"]: row for row in made}


def made_run(folder: Path, **header: Any) -> Run:
    """The run in a folder that need not exist; `header` overrides keys of its header."""
    answers = rows()
    kept = {
        "schema": 2, "set": "hand", "set_sha256": "0" * 64, "questions": len(QUESTIONS),
        "sets": [{"name": "hand", "sha256": "0" * 64, "questions": len(QUESTIONS)}],
        "filters": ["type=numeric", "id=a b"], "limit": None, "store": "1" * 64, "paragraphs": 40,
        "articles": 3, "evidence_missing": [{"id": UNFOUND, "source": "a", "quote": "b"}],
        "llm": "hand.gguf", "answer_style": "prose", "unsupported": "flag", "judge": "none",
        "k": 8, "verbatim": True, "python": "3.11", "packages": {"numpy": "1"}, "yinzheng": "1",
        "machine": {"cpus": 2}, **header,
    }  # fmt: skip
    timings = {
        name: {"retrieve_ms": 10.0 * n, "first_token_ms": 100.0 * n, "total_ms": 1000.0 * n}
        for n, name in enumerate((name for name in answers if name != FAILED), 1)
    }
    by = {question.id: question for question in QUESTIONS}
    line = hit("m1", LINE)
    floor = {
        name: answer(by[name], [line], sentence(LINE, "supported", (1, line, LINE)), sure=None)
        for name in answers
    }
    return Run(folder, kept, QuestionSet("hand", QUESTIONS, b""), answers, timings, {"bm25": floor})
