"""A document as one HTML file that needs nothing else: readable on a screen, made for paper."""

from ui.chats.document import Document, Quoted, Reference, Said, Told
from ui.chats.marks import split_at
from ui.inert import inert, inert_prose, inert_words, lang
from ui.texts.chats import ChatsTexts

_STYLE = """
:root { color-scheme: light; }
body { margin: 2.5rem auto; padding: 0 1.25rem; max-width: 44rem; color: #23211d;
  background: #fffefb; font: 17px/1.8 Georgia, "Songti SC", "Songti TC", "Noto Serif CJK SC",
  SimSun, serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.35; }
h2 { font-size: 1.15rem; line-height: 1.45; margin: 2.5rem 0 .4rem; }
h3 { font-size: .95rem; margin: 1.4rem 0 .4rem; }
.facts, .doubt, .note, footer { color: #6d675d; font-size: .85rem; }
.doubt { color: #8a5a00; }
a { color: #1d5a7a; text-decoration: none; }
sup { line-height: 0; }
blockquote { margin: .8rem 0; padding: .1rem 0 .1rem 1rem; border-left: 3px solid #e2ddd2;
  font-size: .95rem; }
blockquote p { margin: .3rem 0; }
mark { background: #fff0b8; color: inherit; }
ol { list-style: none; padding: 0; font-size: .95rem; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; background: none; }
  h2, h3 { break-after: avoid; } blockquote, li { break-inside: avoid; }
  mark { -webkit-print-color-adjust: exact; print-color-adjust: exact; } a { color: inherit; } }
""".strip()
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(document: Document, texts: ChatsTexts) -> str:
    """The whole file."""
    title = inert_words(document.title)
    told = "".join(_told(one, texts) for one in document.told)
    return (
        f'<!DOCTYPE html>\n<html lang="{texts.code}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n"
        f'<body><h1 lang="{lang(document.title)}">{title}</h1>\n'
        f"{told}{_references(document.references, texts)}"
        f"<footer><p>{inert(texts.made_by)}</p></footer></body></html>\n"
    )


def _told(told: Told, texts: ChatsTexts) -> str:
    heading = inert(texts.heading.format(number=told.number) + texts.colon)
    question = f'<span lang="{lang(told.question)}">{inert(told.question)}</span>'
    parts = [f"<section><h2>{heading}{question}</h2>"]
    if told.facts:
        parts.append(f'<p class="facts">{"<br>".join(map(inert, told.facts))}</p>')
    if told.said:
        parts.append(f"<p>{''.join(map(_said, told.said))}</p>")
    if told.unchecked:
        doubt = f'<small class="doubt">{inert(texts.unchecked)}</small>'
        parts.append(f"<p>{inert_prose(told.unchecked)} {doubt}</p>")
    if told.reported:
        values = "".join(
            f"<li><b>{inert(one.value)}</b> {_marker(one.number)} {inert_words(one.title)}</li>"
            for one in told.reported
        )
        parts.append(f"<h3>{inert(texts.reported)}</h3><ul>{values}</ul>")
    parts += (f'<p class="note">{inert(note)}</p>' for note in told.notes)
    if told.quoted:
        parts.append(f"<h3>{inert(texts.quoted)}</h3>{''.join(map(_quoted, told.quoted))}")
    return "".join(parts) + "</section>\n"


def _said(said: Said) -> str:
    gap = "<br>" if said.gap == "\n" else said.gap
    runs = (inert_prose(run.words) + "".join(map(_marker, run.numbers)) for run in said.runs)
    doubt = f' <small class="doubt">({inert(said.doubt)})</small>' if said.doubt else ""
    return f"{gap}{''.join(runs)}{doubt}"


def _marker(number: int) -> str:
    return f'<sup><a href="#ref-{number}">[{number}]</a></sup>'


def _quoted(quoted: Quoted) -> str:
    words = "".join(
        f"<mark>{inert(run)}</mark>" if marked else inert(run)
        for run, marked in split_at(quoted.text, quoted.spans)
    )
    return (
        f'<blockquote><p class="facts">[{quoted.number}] {inert_words(quoted.title)}</p>'
        f'<p lang="{lang(quoted.text)}">{words}</p></blockquote>'
    )


def _references(references: tuple[Reference, ...], texts: ChatsTexts) -> str:
    if not references:
        return ""
    rows = "".join(
        f'<li id="ref-{one.number}">[{one.number}] {inert_words(one.words)}{_file(one, texts)}</li>'
        for one in references
    )
    return f"<section><h2>{inert(texts.references)}</h2><ol>{rows}</ol></section>\n"


def _file(one: Reference, texts: ChatsTexts) -> str:
    if not one.file:
        return ""
    return f' <span class="facts">{inert_words(texts.file + texts.colon + one.file)}</span>'
