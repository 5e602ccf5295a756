"""A document as Markdown that stays text: foreign words load nothing and run nothing."""

import re

from ui.chats.document import Document, Quoted, Said, Told
from ui.chats.marks import split_at
from ui.inert import visible
from ui.texts.chats import ChatsTexts

_MEANS = re.compile(r"[\\`*_\[\]{}#|~$^=!]")
_LINK = re.compile(r"(?<=[A-Za-z]):(?=//)|(?<=www)\.|(?<=mailto):|(?<=xmpp):|@", re.IGNORECASE)
_LISTED = re.compile(r"^[-+]")
_NUMBERED = re.compile(r"^([0-9]{1,9})([.)])(?=\s|$)")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def as_text(words: str) -> str:
    """Foreign words on one line, with everything that Markdown or HTML could read escaped."""
    line = " ".join(visible(words).split())
    line = _LINK.sub(r"\\\g<0>", _MEANS.sub(r"\\\g<0>", line))
    line = _NUMBERED.sub(r"\1\\\2", _LISTED.sub(r"\\\g<0>", line))
    return line.translate(_ENTITIES)


def markdown(document: Document, texts: ChatsTexts) -> str:
    """The whole document."""
    parts = [f"# {as_text(document.title)}"]
    for told in document.told:
        parts += _told(told, texts)
    if document.references:
        parts.append(f"## {as_text(texts.references)}")
        for one in document.references:
            file = f" {as_text(texts.file + texts.colon + one.file)}" if one.file else ""
            parts.append(f"\\[{one.number}\\] {as_text(one.words)}{file}")
    parts.append(f"_{as_text(texts.made_by)}_")
    return "\n\n".join(parts) + "\n"


def _told(told: Told, texts: ChatsTexts) -> list[str]:
    heading = texts.heading.format(number=told.number) + texts.colon
    parts = [f"## {as_text(heading + told.question)}"]
    if told.facts:
        parts.append("\\\n".join(map(as_text, told.facts)))
    if told.said:
        parts.append("".join(_said(one) for one in told.said))
    if told.unchecked:
        parts.append(f"{as_text(told.unchecked)} ({as_text(texts.unchecked)})")
    if told.reported:
        values = (
            f"- {as_text(one.value)} \\[{one.number}\\] {as_text(one.title)}"
            for one in told.reported
        )
        parts.append("\n".join([as_text(texts.reported + texts.colon), "", *values]))
    parts += map(as_text, told.notes)
    if told.quoted:
        parts.append(f"### {as_text(texts.quoted)}")
        parts += map(_quoted, told.quoted)
    return parts


def _said(said: Said) -> str:
    gap = "\n\n" if said.gap == "\n" else said.gap
    runs = (
        as_text_within(run.words) + "".join(f"\\[{number}\\]" for number in run.numbers)
        for run in said.runs
    )
    doubt = f" ({as_text(said.doubt)})" if said.doubt else ""
    return f"{gap}{''.join(runs)}{doubt}"


def as_text_within(words: str) -> str:
    """As `as_text`, with the spaces at the ends that part the words from what is beside them."""
    if not words.strip():
        return " " if words else ""
    start = " " if words[0].isspace() else ""
    return start + as_text(words) + (" " if words[-1].isspace() else "")


def _quoted(quoted: Quoted) -> str:
    """A paragraph as a block of quotation; `<mark>` is the only HTML."""
    parts = (
        f"<mark>{as_text_within(words)}</mark>" if marked else as_text_within(words)
        for words, marked in split_at(quoted.text, quoted.spans)
    )
    return f"> \\[{quoted.number}\\] {as_text(quoted.title)}\n>\n> {''.join(parts).strip()}"
