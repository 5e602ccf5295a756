"""The file of a judge's verdicts in a run's folder: a line each, as soon as it is known.

`judged-NAME.jsonl` begins with what the judge is. A verdict counts as long as the judge, the
sentence and its sources are the same; so judging goes on where it stopped.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from eval.judges.agreement import VERDICTS
from eval.judges.claims import Claim
from eval.judges.opinion import Judge, Opinion
from index.files import DISK, replace_file
from rag.errors import InputError

SCHEMA = 1


@dataclass(frozen=True)
class Entry:
    """A verdict that was given: on what, and at what cost.

    `repeated` says that the judge had said it of the same words and sources before.
    """

    origin: str
    id: str
    digest: str
    opinion: Opinion
    ms: float
    repeated: bool = False

    def to_json(self) -> dict[str, Any]:
        """The entry as a line keeps it."""
        opinion = self.opinion
        tokens = {"prompt": opinion.prompt_tokens, "reply": opinion.reply_tokens}
        return {
            "of": self.origin,
            "id": self.id,
            "digest": self.digest,
            "verdict": opinion.verdict,
            **({"why": opinion.why} if opinion.why else {}),
            **({"failed": True} if opinion.failed else {}),
            "calls": opinion.calls,
            **({"tokens": tokens} if opinion.prompt_tokens is not None else {}),
            "ms": round(self.ms, 1),
            **({"repeated": True} if self.repeated else {}),
        }


class Ledger:
    """The verdicts of one judge, open for more of them."""

    def __init__(self, path: Path, head: bytes, entries: Sequence[Entry], file: IO[bytes]) -> None:
        self._path, self._head, self._file = path, head, file
        self._entries = {(entry.origin, entry.id): entry for entry in entries}
        self._said = {entry.digest: entry for entry in entries if not entry.opinion.failed}

    def known(self, claim: Claim) -> Entry | None:
        """What stands there of this claim; not if the judge failed or its words were others."""
        entry = self._entries.get((claim.origin, claim.id))
        if entry is None or entry.digest != claim.digest or entry.opinion.failed:
            return None
        return entry

    def said(self, claim: Claim) -> Opinion | None:
        """What the judge said of the same sentence and sources elsewhere."""
        entry = self._said.get(claim.digest)
        return entry.opinion if entry else None

    def add(self, entry: Entry) -> None:
        """Write a verdict down.

        Raises:
            InputError: the file cannot be written.
        """
        try:
            self._file.write(_line(entry.to_json()))
            self._file.flush()
        except OSError as error:
            raise _unwritable(self._path, error) from error
        self._entries[entry.origin, entry.id] = entry
        if not entry.opinion.failed:
            self._said[entry.digest] = entry

    def finish(self, claims: Sequence[Claim]) -> None:
        """Put the file in the order of all claims, each once, at one stroke.

        Raises:
            InputError: the file cannot be written.
        """
        kept = (self._entries.get((claim.origin, claim.id)) for claim in claims)
        lines = [
            _line(entry.to_json())
            for entry, claim in zip(kept, claims, strict=True)
            if entry is not None and entry.digest == claim.digest
        ]
        try:
            replace_file(DISK, self._path, self._head + b"".join(lines))
        except OSError as error:
            raise _unwritable(self._path, error) from error


def ledger_name(judge: Judge) -> str:
    """The name of a judge's files, without their endings."""
    return "judged-" + re.sub(r"[^\w.-]+", "-", judge.name).strip("-.")


@contextmanager
def open_ledger(folder: Path, judge: Judge) -> Iterator[Ledger]:
    """The judge's verdicts in a folder, for one process at a time; half a line is cut off.

    Raises:
        InputError: the file is another judge's, damaged, in use, or cannot be written.
    """
    path = folder / f"{ledger_name(judge)}.jsonl"
    head = _line({"schema": SCHEMA, "judge": judge.identity})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise _unwritable(path, error) from error
    with file:
        _lock(file, path)
        file.seek(0)
        whole, end, _ = file.read().rpartition(b"\n")
        file.truncate(len(whole) + len(end))
        lines = whole.split(b"\n") if end else []
        if not lines:
            file.write(head)
            file.flush()
        elif lines[0] + b"\n" != head:
            raise InputError(
                f"{path} holds verdicts of another judge, or of other prompts or code; "
                "move it away, then judge again"
            )
        entries = [_entry(line, f"{path}, line {n}") for n, line in enumerate(lines[1:], 2)]
        yield Ledger(path, head, entries, file)


def _lock(file: IO[bytes], path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        current = path.stat().st_ino == os.fstat(file.fileno()).st_ino
    except OSError:
        current = False
    if not current:  # or replaced by one that has just finished
        raise InputError(f"another process is writing to {path}; wait until it ends")


def _entry(line: bytes, place: str) -> Entry:
    try:
        read = json.loads(line)
        verdict, tokens = read["verdict"], read.get("tokens") or {}
        if verdict not in VERDICTS:
            raise ValueError(f"verdict {verdict!r}")
        opinion = Opinion(
            verdict,
            str(read.get("why", "")),
            bool(read.get("failed", False)),
            calls=int(read["calls"]),
            prompt_tokens=tokens.get("prompt"),
            reply_tokens=tokens.get("reply"),
        )
        return Entry(
            str(read["of"]),
            str(read["id"]),
            str(read["digest"]),
            opinion,
            float(read["ms"]),
            bool(read.get("repeated", False)),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{place}: no verdict ({error}); move the file away, then judge again"
        ) from error


def _line(fields: dict[str, Any]) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"  # half a character as JSON has it


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be written ({error.strerror}); free some space there")
