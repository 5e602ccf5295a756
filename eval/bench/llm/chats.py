"""Eight readers who chat at the same time: everyone gets their own answers, and memory stays.

What a made model says depends on every word that it reads, so that an answer to another prompt,
or from a wrong beginning of a conversation, is another answer. Each conversation is held alone
first; then all of them at once, over and over, and every answer must be the same to the letter.
"""

import os
import statistics
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tqdm import tqdm

from eval.bench.llm.outcomes import Row
from eval.bench.llm.processes import resident, workers
from rag.errors import ModelBusy, ModelError
from rag.llm import Message, Request
from rag.worker import Limits, Worker

CHATS = 8
TURNS = 3  # questions of a conversation
WARM_UP = 0.2  # of the time; memory counts from then on
GROWTH = 0.05  # of the memory after it; more is bad
_PLACES = 6  # that may wait: fewer than chats, so that some are told that it is busy
_ANSWER = 24  # tokens
_SAMPLES = 10  # of the memory in each share of the time that is compared
_SYSTEM = Message("system", "Answer from the numbered passages, with markers such as [1].")


@dataclass
class _Chat:
    """A reader with a word of their own in passages, questions and history."""

    number: int
    word: str
    expected: list[str] = field(default_factory=list)
    answers: int = 0
    mixed: list[str] = field(default_factory=list)
    busy: int = 0
    errors: list[str] = field(default_factory=list)

    def request(self, turn: int) -> Request:
        """The question of a turn, after the conversation so far as it was alone."""
        passages = tuple(f"{self.word}第{part}号：{self.word * 2}的新桥通车。" for part in range(3))
        listed = "\n".join(f"[{n}] {text}" for n, text in enumerate(passages, 1))
        history: list[Message] = []
        for before in range(turn):
            history.append(Message("user", self._question(before)))
            history.append(Message("assistant", self.expected[before]))
        last = Message("user", f"{listed}\n\n{self._question(turn)}")
        return Request(
            (_SYSTEM, *history, last), _ANSWER, passages=passages, session=str(self.number)
        )

    def _question(self, turn: int) -> str:
        return f"{self.word}：第{turn + 1}问，桥在哪里？"


def bench(model: Path, seconds: float = 600.0, *, seed: int = 1) -> list[Row]:
    """Hold `CHATS` conversations at once; how many answers were another's, and what memory does.

    Bad is an answer that is not what the same question got alone, an error, a chat without any
    answer, and memory that grows. `alike` are answers that another question gets, too, by rights:
    there, a mix would not be noticed.

    Args:
        model: a .gguf whose text depends on its prompt, as of `made_models`.
        seconds: so long.
        seed: of the words.

    Raises:
        ModelError: the model does not load.
    """
    chats = [_Chat(number, word) for number, word in enumerate(_words(seed))]
    with closing(Worker(model, limits=Limits(places=_PLACES))) as worker:
        for chat in chats:
            for turn in range(TURNS):
                chat.expected.append("".join(worker.stream(chat.request(turn))))
        memory = _all_at_once(worker, model, chats, seconds)
    return [_row(chats, memory, seconds)]


def _words(seed: int) -> list[str]:
    """A word for each, no two of which share a character."""
    hanzi = [chr(code) for code in range(0x4E8C, 0x4FFF)]
    Random(seed).shuffle(hanzi)
    return ["".join(hanzi[3 * n : 3 * n + 3]) for n in range(CHATS)]


def _all_at_once(worker: Worker, model: Path, chats: Sequence[_Chat], seconds: float) -> list[int]:
    """Chat for so long; bytes of this process and the model's, every now and then."""
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=_talk, args=(worker, chat, end)) for chat in chats]
    for thread in threads:
        thread.start()
    memory = []
    count = round(_SAMPLES / WARM_UP)
    for number in tqdm(range(count), "chats", disable=None, leave=False):
        time.sleep(max(end - (count - 1 - number) * seconds / count - time.monotonic(), 0))
        pids = workers(model)
        memory.append(resident(os.getpid()) + sum(map(resident, pids)) if pids else 0)
    for thread in threads:
        thread.join()
    return memory


def _talk(worker: Worker, chat: _Chat, end: float) -> None:
    turn, random = 0, Random(chat.word)
    while time.monotonic() < end:
        begun = time.monotonic()
        try:
            answer = "".join(worker.stream(chat.request(turn)))
        except ModelBusy as busy:
            chat.busy += 1
            time.sleep(min(busy.seconds, max(end - time.monotonic(), 0)))
            continue
        except ModelError as error:
            chat.errors.append(str(error))
            continue
        chat.answers += 1
        if answer != chat.expected[turn]:
            chat.mixed.append(answer)
        turn = (turn + 1) % TURNS
        # Who never stops to read takes the place of whoever was told to come back later.
        reading = random.uniform(0, time.monotonic() - begun)
        time.sleep(min(reading, max(end - time.monotonic(), 0)))


def _row(chats: Sequence[_Chat], memory: Sequence[int], seconds: float) -> Row:
    warm = _middle(memory[_SAMPLES : 2 * _SAMPLES])
    last = _middle(memory[-_SAMPLES:])
    growth = last / warm - 1 if warm else 0.0
    mixed, errors = sum(len(c.mixed) for c in chats), [e for c in chats for e in c.errors]
    alike = CHATS * TURNS - len({text for chat in chats for text in chat.expected})
    starved = sum(not chat.answers for chat in chats)
    return {
        "test": f"{CHATS} chats for {seconds:.0f} s",
        "cases": sum(chat.answers for chat in chats),
        "of one chat": f"{min(c.answers for c in chats)}–{max(c.answers for c in chats)}",
        "mixed": mixed,
        "told busy": sum(chat.busy for chat in chats),
        "errors": len(errors),
        "warm MB": round(warm / 1e6),
        "end MB": round(last / 1e6),
        "growth": growth,
        "alike": alike,
        "bad": mixed + len(errors) + starved + int(growth > GROWTH),
        "detail": "; ".join(dict.fromkeys(errors)),
    }


def _middle(sizes: Sequence[int]) -> float:
    return float(statistics.median(sizes)) if sizes else 0.0
