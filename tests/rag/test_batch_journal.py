"""The part of a batch: whatever was interrupted, whole answers stay and half ones go."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any

import pytest

from rag.batch.header import differences
from rag.batch.journal import opened, part_of
from rag.errors import InputError

HEADER: dict[str, Any] = {"yinzheng_batch": 1, "batch": "b", "k": 8, "sources": ["a\udc80"]}
ANSWERS = {2: '{"id": "二"}', 3: '{"id": 3, "error": "x"}', 12: '{"id": null}'}
WHOLE = "".join(f"{line}\n" for line in ANSWERS.values()).encode()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def begin(out: Path, *numbers: int, finish: bool = False) -> int:
    """Add these answers; how many have failed."""
    with opened(out, HEADER) as journal:
        for number in numbers:
            journal.add(number, ANSWERS[number], number == 3)
        if finish:
            journal.finish()
        return journal.failed


def test_answers_in_any_order_become_a_file_in_the_order_of_the_questions(tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    begin(out, 12, 2)
    assert names(tmp_path) == ["a.jsonl.part"]
    assert (tmp_path / "a.jsonl.part").read_bytes() == (
        json.dumps(HEADER) + '\n12 answered {"id": null}\n2 answered {"id": "二"}\n'
    ).encode()
    assert begin(out, 3, finish=True) == 1
    assert names(tmp_path) == ["a.jsonl"]
    assert out.read_bytes() == WHOLE


def test_wherever_it_was_cut_off_whole_answers_stay(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jsonl"
    begin(whole, 12, 3, 2)
    content = part_of(whole).read_bytes()
    ends = [i + 1 for i, byte in enumerate(content) if byte == 10]
    for cut in range(len(content) + 1):
        out = tmp_path / f"{cut}.jsonl"
        part_of(out).write_bytes(content[:cut])
        with opened(out, HEADER) as journal:
            kept = [(12, 3, 2)[i] for i in range(sum(end <= cut for end in ends[1:]))]
            assert journal.done == set(kept)
            assert journal.failed == kept.count(3)
            for number in ANSWERS.keys() - journal.done:
                journal.add(number, ANSWERS[number], number == 3)
            journal.finish()
        assert out.read_bytes() == WHOLE


@pytest.mark.parametrize(
    "damage", [b"\0" * 40 + b"\n", b"2 answered {\n", b"x\n", b"0 failed {}\n"]
)
def test_what_a_power_failure_left_is_dropped(tmp_path: Path, damage: bytes) -> None:
    out = tmp_path / "a.jsonl"
    begin(out, 2)
    whole = part_of(out).read_bytes()
    with part_of(out).open("ab") as file:
        file.write(damage + b'3 answered {"id": "never"}\n')
    with opened(out, HEADER) as journal:
        assert journal.done == {2}
    assert part_of(out).read_bytes() == whole
    begin(out, 3, 12, finish=True)
    assert out.read_bytes() == WHOLE


def test_a_full_disk_keeps_no_half_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "a.jsonl"
    write = os.pwrite

    def full(handle: int, content: bytes, place: int) -> int:
        if b"error" in content:
            monkeypatch.setattr(os, "pwrite", refused)
            return write(handle, content[:5], place)
        return write(handle, content, place)

    def refused(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    told = (
        r"a\.jsonl\.part cannot be written \(No space left on device\); nothing that was answered"
    )
    with pytest.raises(InputError, match=told):
        begin(out, 2, 3)
    monkeypatch.undo()
    assert part_of(out).read_bytes().endswith('\n2 answered {"id": "二"}\n'.encode())
    begin(out, 3, 12, finish=True)
    assert out.read_bytes() == WHOLE


def test_answers_are_made_to_last_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lasting: list[int] = []
    monkeypatch.setattr(os, "fdatasync", lambda handle: lasting.append(os.fstat(handle).st_size))
    for seconds, times in ((3600.0, 0), (-1.0, 3)):
        out = tmp_path / f"{times}.jsonl"
        monkeypatch.setattr("rag.batch.journal._SYNCED_EVERY", seconds)
        begin(out, 2, 3, 12)
        assert len(lasting) == times
    assert lasting[-1] == part_of(out).stat().st_size


def test_a_disk_that_is_full_in_the_end_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a.jsonl"

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    begin(out)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"a\.jsonl cannot be written \(No space left"):
        begin(out, 2, 3, 12, finish=True)
    monkeypatch.undo()
    assert names(tmp_path) == ["a.jsonl.part"]
    begin(out, finish=True)
    assert out.read_bytes() == WHOLE


def test_answers_are_written_over_by_nobody(tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    with opened(out, HEADER) as journal:
        journal.add(2, ANSWERS[2], False)
        out.write_text("mine")
        with pytest.raises(InputError, match=r"a\.jsonl is there already; choose another name"):
            journal.finish()
    assert (out.read_text(), names(tmp_path)) == ("mine", ["a.jsonl", "a.jsonl.part"])
    out.unlink()
    out.symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is there already"):
        begin(out)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    begin(out, 2)
    with part_of(out).open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(InputError, match=r"another batch is writing to .*a\.jsonl\.part"):
            begin(out)
    begin(out, 3)


@pytest.mark.parametrize("content", [b"notes\n", b"notes", b"{}\n", b"[1]\n", b"\xff\n"])
def test_a_part_that_is_something_else_is_left_alone(tmp_path: Path, content: bytes) -> None:
    out = tmp_path / "a.jsonl"
    part_of(out).write_bytes(content)
    with pytest.raises(InputError, match="holds something else; choose another name with --out"):
        begin(out, 2)
    assert part_of(out).read_bytes() == content


def test_a_part_of_another_batch_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    begin(out, 2)
    before = part_of(out).read_bytes()
    told = (
        r"a\.jsonl\.part was begun with another content of the batch file, another -k \(then 8, "
        r"now 5\); give what it was begun with to go on, or delete it to begin anew"
    )
    with (
        pytest.raises(InputError, match=told),
        opened(out, {**HEADER, "batch": "c", "k": 5}),
    ):
        pass
    assert part_of(out).read_bytes() == before


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"a\.jsonl\.part cannot be written \(Not a directory\)"):
        begin(tmp_path / "file" / "a.jsonl")


def test_differences_name_what_was_given_and_show_what_is_short() -> None:
    assert differences(HEADER, dict(HEADER)) == ""
    assert differences({"since": None}, {"since": "2031-05"}) == (
        'another --since (then null, now "2031-05")'
    )
    long = ["a" * 50]
    assert differences({"sources": []}, {"sources": long}) == "another --source"
    assert differences({"store": "a"}, {"store": "b"}) == "another state of the store"
