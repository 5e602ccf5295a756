"""How long a reader waits: this engine and llama-cpp-python's own chat call, in turns.

The same model file, the same prompt text, one process, one turn each, so that a busy machine is
as busy for both. The other side is `Llama.create_chat_completion` with its defaults but for the
context's size, temperature 0, and repacked weights where those end the process (see
`rag.self_test.defaults`). Its prompts are laid out as ours, which is kind to it: laid out as
usual, with the passages beside each new question, it has to read them again for a follow-up.
"""

import ctypes
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from rag.llama_native import native
from rag.llama_settings import Settings, chosen
from rag.llamacpp import CONTEXT, LlamaCpp
from rag.llm import Message, Request
from rag.prompt import Block, first_question, follow_up, rules
from rag.self_test import defaults

Row = dict[str, object]

PASSAGES = 8  # of a question
LENGTH = 160  # characters of a passage
ANSWER = 96  # tokens, long enough to time

# An answer made of a passage's own sentences, with their markers
COPIED = (
    "北岸的旧水塔下周起改成图书馆，一楼放报纸和地方志，二楼留给孩子们看书[4]。负责改建的陈师傅说，"
    "塔里的铁梯会照原样修好，窗子一扇也不添，只在顶上装一圈灯[4]。图书馆每天从早上八点开到晚上九点，"
    "周一关门打扫，借书证在街道办事处办理，不收押金[4]。附近的中学已经排好班次，每周三下午由高年级的"
    "学生来整理书架，并为老人读报[4]。水塔建于六十年前，停用以后一直锁着，钥匙由看塔人的女儿保管[4]。"
)


@dataclass(frozen=True)
class Timing:
    """One reply: seconds to its first text, tokens a second behind it, and the text."""

    first: float
    rate: float
    text: str


@dataclass(frozen=True)
class Turn:
    """A request, with what both sides do before it is timed."""

    before: tuple[Request, ...]
    timed: Request
    idle: bool = False  # whether passages may be computed ahead in between
    usual: "Turn | None" = None  # how the other side lays it out, if otherwise


def bench(model: Path, copying: Path, runs: int = 3) -> list[Row]:
    """Each situation on both sides, in turns.

    Args:
        model: a .gguf whose replies are about as long as allowed.
        copying: one that recites `COPIED`, for prompt lookup; see `made_models`.
        runs: turns of each situation; medians are told.
    """
    rows = []
    with closing(_Plain(model)) as plain, _engine(model) as ours:
        for name, turns in _situations(runs).items():
            rows.append(_compared(name, model, turns, plain.reply, _timed(ours)))
    with closing(_Plain(model)) as plain, _engine(model, passage_states=True) as ours:
        turns = _cached(runs)
        name = "another question, passages computed ahead"
        rows.append(_compared(name, model, turns, plain.reply, _timed(ours)))
    with _engine(copying, drafts=False) as without, _engine(copying) as ours:
        copied = unmarked(COPIED)
        turns = [Turn((), made_request(run, (*_passages(run)[:3], copied))) for run in range(runs)]
        name = "an answer copied from a passage, with drafts"
        rows.append(_compared(name, copying, turns, _timed(without), _timed(ours)))
    return rows


class _Plain:
    """llama-cpp-python's high-level class."""

    def __init__(self, path: Path) -> None:
        from llama_cpp import Llama

        with _default(use_extra_bufts=defaults().extra_buffers):
            self._llama = Llama(str(path), n_ctx=CONTEXT, verbose=False)

    def close(self) -> None:
        """Free the model."""
        self._llama.close()

    def reply(self, request: Request, idle: bool = False) -> Timing:
        """The reply to a request's messages; markers are not bound, nothing is computed ahead."""
        messages: Any = [{"role": m.role, "content": m.content} for m in request.messages]
        chunks: Any = self._llama.create_chat_completion(
            messages, temperature=0.0, max_tokens=request.max_tokens, stream=True
        )
        return _read(
            text for chunk in chunks if (text := chunk["choices"][0]["delta"].get("content"))
        )


def _timed(engine: LlamaCpp) -> Callable[[Request, bool], Timing]:
    def reply(request: Request, idle: bool = False) -> Timing:
        while idle and engine.idle(unless=lambda: False):
            pass
        return _read(engine.stream(request))

    return reply


def _read(pieces: Iterator[str]) -> Timing:
    start = time.perf_counter()
    times, texts = [], []
    for piece in pieces:
        times.append(time.perf_counter())
        texts.append(piece)
    spent = times[-1] - times[0]
    return Timing(times[0] - start, (len(times) - 1) / spent if spent else 0.0, "".join(texts))


def _compared(
    name: str,
    model: Path,
    turns: Sequence[Turn],
    theirs: Callable[[Request, bool], Timing],
    ours: Callable[[Request, bool], Timing],
) -> Row:
    found: list[tuple[Timing, Timing]] = []
    for turn in tqdm(turns, desc=name, disable=None, leave=False):
        both = []
        for reply, side in ((theirs, turn.usual or turn), (ours, turn)):
            for request in side.before:
                reply(replace(request, max_tokens=1), False)
            both.append(reply(side.timed, side.idle))
        found.append((both[0], both[1]))
    first = [statistics.median(t.first for t in side) for side in zip(*found, strict=True)]
    rate = [statistics.median(t.rate for t in side) for side in zip(*found, strict=True)]
    return {
        "situation": name,
        "model": model.stem,
        "first plain s": first[0],
        "first ours s": first[1],
        "first ×": first[1] / first[0],
        "decode plain t/s": rate[0],
        "decode ours t/s": rate[1],
        "decode ×": rate[1] / rate[0] if rate[0] else None,
        "same text": sum(a.text == b.text for a, b in found),
        "of": len(found),
    }


def _situations(runs: int) -> dict[str, list[Turn]]:
    """A first question; a follow-up over the same passages, and over mostly the same."""
    first, same, mostly, usual = [], [], [], []
    for run in range(runs):
        passages = _passages(run)
        asked = made_request(run, passages)
        first.append(Turn((made_request(run + 100, _passages(run + 100)),), asked))
        same.append(Turn((asked,), made_request(run, passages, again=True)))
        changed = (*passages[:-1], _passages(run + 50)[0])
        mostly.append(Turn((asked,), made_request(run, changed, again=True)))
        passages = _passages(run + 400)  # others: ours would still know those above
        asked, changed = made_request(run + 400), (*passages[:-1], _passages(run + 450)[0])
        theirs = Turn((asked,), _usual(run + 400, changed))
        ours = made_request(run + 400, changed, again=True)
        usual.append(Turn((asked,), ours, usual=theirs))
    return {
        "first question": first,
        "follow-up, same passages": same,
        "follow-up, 7 of 8 passages": mostly,
        "follow-up, 7 of 8, theirs beside the question": usual,
    }


def _cached(runs: int) -> list[Turn]:
    turns = []
    for run in range(runs):
        passages = _passages(run)
        other = made_request(run + 200, _passages(run + 200))
        turned = (*passages[3:], *passages[:3])
        turns.append(
            Turn((made_request(run, passages), other), made_request(run + 300, turned), idle=True)
        )
    return turns


def unmarked(text: str) -> str:
    """A text without markers, as it stands in its article."""
    return re.sub(r"\[\d+\]", "", text)


def made_request(
    run: int, passages: Sequence[str] | None = None, *, again: bool = False
) -> Request:
    """A question, or a follow-up, about made-up news; no two runs share a passage."""
    passages = _passages(run) if passages is None else passages
    blocks = [Block(f"[{n}] {text}", text) for n, text in enumerate(passages, 1)]
    question = f"第{run + 1}问：这些报道里，哪一处提到了修桥的费用？"
    messages = [
        Message("system", rules("prose")),
        Message("user", first_question(question, blocks)),
    ]
    if again:
        messages.append(Message("assistant", "费用约为四千二百万元。"))
        messages.append(Message("user", follow_up("那么工程由谁负责，什么时候完工？")))
    return Request(tuple(messages), ANSWER, passages=tuple(passages))


def _usual(run: int, passages: Sequence[str]) -> Request:
    """A follow-up as most programs lay it out: each question with passages of its own."""
    asked = made_request(run)
    blocks = [Block(f"[{n}] {text}", text) for n, text in enumerate(passages, 1)]
    follows = made_request(run, passages, again=True).messages[-2:]
    last = Message("user", first_question("那么工程由谁负责，什么时候完工？", blocks))
    return replace(asked, messages=(*asked.messages, follows[0], last))


def _passages(run: int) -> tuple[str, ...]:
    """Passages of made-up news; no two runs share one."""
    return tuple(_passage(run * PASSAGES + number) for number in range(PASSAGES))


def _passage(number: int) -> str:
    places = ("岚浦", "槐荫", "西渡口", "青石镇", "临江", "北塘")
    things = ("石桥", "水库", "地铁", "医院", "学校", "市场", "码头")
    head = f"{places[number % 6]}{things[number % 7]}工程进展（2022-04-{number % 28 + 1:02}）\n"
    text = head
    part = 0
    while len(text) < LENGTH:
        part += 1
        text += (
            f"{places[(number + part) % 6]}第{number * 7 + part}号{things[(number + part) % 7]}"
            f"昨天完成第{part}期施工，投入资金{(number * 37 + part * 11) % 900 + 100}万元。"
        )
    return text[:LENGTH]


@contextmanager
def _engine(path: Path, **changes: bool) -> Iterator[LlamaCpp]:
    settings: Settings = replace(chosen(defaults(), ""), **changes)
    with closing(LlamaCpp(path, settings=settings)) as engine:
        yield engine


@contextmanager
def _default(**changes: bool) -> Iterator[None]:
    """Other defaults for loading, which the high-level class gives no way to."""
    plain = native.llama_model_default_params

    def changed() -> ctypes.Structure:
        params: Any = plain()
        for name, value in changes.items():
            setattr(params, name, value)
        return params  # type: ignore[no-any-return]

    module: Any = native  # the very one that the high-level class calls
    module.llama_model_default_params = changed
    try:
        yield
    finally:
        module.llama_model_default_params = plain
