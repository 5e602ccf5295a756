"""A small archive that changes, and what its store has to hold."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from index.generation import Generation

Texts = dict[str, str]  # the one paragraph of an article, by the source name of its file


_SIGNS = "春夏秋冬山水花鸟风月江河湖海东西南北金木火土日星云雨雪霜雷电松竹梅兰菊桃李杏枣粟"


def text_of(number: int, version: int = 0) -> str:
    """A paragraph that no other number or version has, nor the same characters in another order."""
    signs = "".join(_SIGNS[version // len(_SIGNS) ** place % len(_SIGNS)] for place in range(3))
    return f"第{number}号渡船改期，记作{signs}，从镜湖开出的时间另行通知。"


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Make a folder of articles hold exactly these files."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (folder / name).write_text(f"{text}\n", "utf-8")


def filler(path: Path, count: int) -> Texts:
    """Write a .jsonl file of `count` articles that stay; returns their texts by id."""
    texts = {f"f{number}": text_of(number, 999) for number in range(count)}
    lines = (f'{{"id": "{key}", "text": "{text}"}}\n' for key, text in texts.items())
    path.write_text("".join(lines), "utf-8")
    return texts


def held(generation: Generation) -> Texts:
    """What a generation holds of the files that are one article each."""
    facts = generation.facts
    positions = [position for position in facts if facts[position].source.endswith(".txt")]
    found = zip(positions, generation.paragraphs(positions), strict=True)
    return {facts[position].source: paragraph.text for position, paragraph in found}


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder that goes at the end."""
    with TemporaryDirectory(prefix="reliability-") as folder:
        yield Path(folder)


def copied(source: Path, target: Path) -> Path:
    """A store once more, in a place of its own."""
    return Path(shutil.copytree(source, target, symlinks=True))
