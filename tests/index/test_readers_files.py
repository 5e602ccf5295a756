import os
from pathlib import Path

import pytest

from index.errors import InputError
from index.readers import Fault, LeftAlone, find_files, left_alone


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text("x")


def test_all_kinds_are_found_in_order(tmp_path: Path) -> None:
    names = ["a.md", "b.TXT", "c.html", "d.htm", "e.pdf", "f.docx", "g.csv", "h.tsv", "sub/i.jsonl"]
    write(tmp_path, *reversed(names), "z.doc", ".hidden.txt", ".git/x.txt")
    files, faults = find_files([tmp_path, tmp_path / "a.md"])
    assert [f.source for f in files] == names
    assert [f.path for f in files] == [tmp_path / name for name in names]
    assert faults == []


def test_what_is_left_alone_is_told(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "b.doc", "sub/c.png", "sub/README", ".hidden.txt", ".git/x.txt")
    write(tmp_path, ".git/y/z.txt", "sub/.DS_Store")
    (tmp_path / "link").symlink_to(tmp_path / "sub", target_is_directory=True)
    assert left_alone([tmp_path, tmp_path / "a.txt"]) == LeftAlone(
        (
            "b.doc",
            "link (a link to a folder; name it outright to read it)",
            "sub/README",
            "sub/c.png",
        ),
        hidden=3,
    )
    assert left_alone([tmp_path / "a.txt"]) == LeftAlone((), 0)


def test_named_outright_a_file_of_another_kind_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "d.doc", ".hidden.txt")
    files, faults = find_files([tmp_path / "a.md", tmp_path / "d.doc", tmp_path / ".hidden.txt"])
    assert [f.source for f in files] == ["a.md", ".hidden.txt"]
    assert [f.source for f in faults] == ["d.doc"]
    assert ".docx" in faults[0].reason


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        find_files([tmp_path / "none"])
    with pytest.raises(InputError, match=r"no \.txt, .*\.pdf.* file in"):
        find_files([tmp_path])


def test_loops_of_links_and_broken_links(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "sub/b.txt")
    (tmp_path / "sub" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    (tmp_path / "twice.txt").symlink_to(tmp_path / "a.txt")
    files, faults = find_files([tmp_path])
    assert [f.source for f in files] == ["a.txt", "sub/b.txt"]
    assert [f.source for f in faults] == ["gone.txt", "self.txt"]
    assert "mend or remove the link" in faults[0].reason
    assert find_files([tmp_path / "self.txt"])[1][0].source == "self.txt"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "b.txt")
    assert [f.source for f in find_files([tmp_path])[1]] == ["b.txt"]
    assert "pipe" in find_files([tmp_path / "b.txt"])[1][0].reason


def test_a_folder_that_cannot_be_opened_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.txt", "closed/b.txt", "open/c.txt")
    scan = os.scandir

    def refuse(path: str | Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    files, faults = find_files([tmp_path])
    assert [f.source for f in files] == ["a.txt", "open/c.txt"]
    reason = "the folder cannot be opened (Permission denied); check its permissions"
    assert faults == [Fault((tmp_path / "closed").as_posix(), reason)]
    assert left_alone([tmp_path]) == LeftAlone((), 0)
