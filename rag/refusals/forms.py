"""How models decline, in eleven languages: the patterns of `*.toml`, compiled.

Patterns are for folded text (lower case, simplified characters, no spaces between CJK ones).
`<passages>` is what an assistant calls what it was shown, `<clause>` a run of words of one clause,
`<mark>` a marker, other names are `parts` of their own file. In a file,

    sure      declines, whatever stands beside it: it names the passages, or the model itself
    bare      declines as a whole sentence that cites nothing; with a citation, “there is no
              information about the cause” is what an article says
    before    may stand before either: an apology, the subject
    source    the same, but names the passages, which makes a bare form sure
    but       begins a clause that says something after all
    filler    whole sentences beside a refusal that say nothing
    openings  how refusals begin (no patterns)
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from index.text import fold
from index.tokens import CJK

FOLDER = Path(__file__).parent
MARK = "\ue000"  # stands for a marker in a sentence

_COMMON = {"clause": f"[^{MARK},;]{{1,120}}?", "mark": MARK}
_NAME = re.compile("<([a-z_]+)>")


@dataclass(frozen=True)
class Forms:
    """The forms of all languages: models also decline in another than they answer in."""

    sure: re.Pattern[str]
    bare: re.Pattern[str]
    before: re.Pattern[str]
    source: re.Pattern[str]
    but: re.Pattern[str]
    filler: re.Pattern[str]
    openings: tuple[str, ...]

    def declines(self, sentence: str, *, cited: bool) -> bool:
        """Whether a folded sentence declines, and says nothing else in a new clause."""
        text, sourced = self.bared(sentence)
        found = self.sure.match(text)
        if found is None and (sourced or not cited):
            found = self.bare.fullmatch(text)
        return found is not None and not self._goes_on(text, found.end())

    def opens(self, beginning: str) -> bool:
        """Whether a sentence that declines may begin so."""
        rest, _ = self.bared(beginning, only_source=True)
        return not rest or any(o.startswith(rest) or rest.startswith(o) for o in self.openings)

    def bared(self, text: str, *, only_source: bool = False) -> tuple[str, bool]:
        """Without what may come before a refusal, and whether that names the passages."""
        sourced = False
        while True:
            source = self.source.match(text)
            found = source or (None if only_source else self.before.match(text))
            if found is None or not found.end():
                return text, sourced
            sourced = sourced or source is not None
            text = text[found.end() :]

    def _goes_on(self, text: str, end: int) -> bool:
        """Whether something is said behind the refusal: “…, but three people were rescued”."""
        more = self.but.search(text, end)
        if more is None:
            return False
        rest, _ = self.bared(text[more.end() :].strip(" ,"))
        return not (self.sure.match(rest) or self.bare.fullmatch(rest))


@cache
def forms() -> Forms:
    """The forms, read once."""
    files = [tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))]

    def either(kind: str) -> re.Pattern[str]:
        return re.compile("|".join(_filled(one, file) for file in files for one in file[kind]))

    return Forms(
        sure=either("sure"),
        bare=either("bare"),
        before=either("before"),
        source=either("source"),
        but=either("but"),
        filler=either("filler"),
        openings=tuple(fold(opening) for file in files for opening in file["openings"]),
    )


def _filled(pattern: str, file: dict[str, Any]) -> str:
    """A pattern with its names filled in, its CJK characters as folded text has them."""
    parts = {**_COMMON, **file.get("parts", {}), "passages": file["passages"]}

    def named(name: re.Match[str]) -> str:
        part: str = parts[name[1]]
        return part if part == MARK else f"(?:{_NAME.sub(named, part)})"

    return "(?:" + re.sub(f"[{CJK}]+", lambda run: fold(run[0]), _NAME.sub(named, pattern)) + ")"
