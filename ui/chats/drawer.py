"""The drawer of kept chats, and the form in which a reader judges an answer."""

from collections.abc import Sequence

from ui.chats.export import FORMS
from ui.chats.feedback import LONGEST_NOTE, OPINIONS
from ui.chats.references import STYLES
from ui.inert import inert, inert_words
from ui.texts.chats import CHATS, ChatsTexts


def render_drawer(code: str) -> str:
    """The dialogs of this room in the language `code`: the drawer, and the form beside an answer.

    Raises:
        KeyError: no such language.
    """
    texts = CHATS[code]
    words = _data(
        deleted=texts.deleted,
        undo=texts.undo,
        cleared=texts.cleared,
        nothing=texts.nothing_asked,
        failed=texts.failed,
        where=texts.kept_where,
        forgotten=texts.kept_not,
        never=texts.kept_never,
    )
    return (
        f'<dialog class="drawer" id="chats" lang="{code}" aria-labelledby="chats-title" {words}>'
        f'<header><h2 id="chats-title">{inert(texts.title)}</h2>{_close(texts)}</header>'
        f'<div class="drawer-body">{_search(texts)}'
        '<div id="chats-list" aria-live="polite"></div>'
        f"{_export(texts)}{_keeping(texts)}</div></dialog>{_rating(texts)}"
    )


def _search(texts: ChatsTexts) -> str:
    return (
        '<form class="search" role="search"><label class="visually-hidden" for="chats-search">'
        f'{inert(texts.search)}</label><input type="search" id="chats-search" '
        f'placeholder="{inert_words(texts.search)}" maxlength="200" autocomplete="off"></form>'
    )


def _export(texts: ChatsTexts) -> str:
    forms = [(form, texts.forms[form]) for form in FORMS]
    styles = [(style, texts.styles[style]) for style in STYLES]
    return (
        '<section class="take" aria-labelledby="chats-take"><h3 id="chats-take">'
        f'{inert(texts.export)}</h3><p class="facts">{inert(texts.export_what)}</p>'
        f'<div class="choices">{_select("chats-form", texts.form, forms)}'
        f'{_select("chats-references", texts.references_as, styles)}</div><div class="acts">'
        f'<button type="button" class="button primary download">{inert(texts.download)}</button>'
        f'<button type="button" class="button print">{inert(texts.print)}</button></div></section>'
    )


def _keeping(texts: ChatsTexts) -> str:
    return (
        '<section class="keeping"><label class="switch"><input type="checkbox" role="switch" '
        f'id="chats-keep" aria-describedby="chats-where" checked> {inert(texts.keep)}</label>'
        f'<p class="facts" id="chats-where">{inert(texts.kept_where)}</p>'
        f'<button type="button" class="button clear">{inert(texts.clear)}</button>'
        '<div class="confirm" role="group" aria-labelledby="chats-sure" hidden>'
        f'<p id="chats-sure">{inert(texts.clear_sure)}</p>'
        f'<button type="button" class="button primary sure">{inert(texts.clear_done)}</button>'
        f'<button type="button" class="button quiet cancel">{inert(texts.cancel)}</button></div>'
        "</section>"
    )


def _rating(texts: ChatsTexts) -> str:
    """The form in which a reader judges; the script shows it beside the answer."""
    words = _data(
        sent=texts.sent,
        taken=texts.taken_back,
        before=texts.sent_before,
        choose=texts.choose_first,
        whole=texts.whole,
    )
    choices = "".join(
        f'<button type="button" class="button verdict" data-verdict="{verdict}" '
        f'aria-pressed="false">{inert(texts.verdicts[verdict])}</button>'
        for verdict in OPINIONS
    )
    return (
        f'<dialog class="rating" id="rating" lang="{texts.code}" aria-labelledby="rating-title" '
        f'{words}><form><div class="head"><h2 id="rating-title">{inert(texts.rate_title)}</h2>'
        f'{_close(texts)}</div><div class="verdicts" role="group" '
        f'aria-labelledby="rating-title">{choices}</div>'
        f"{_select('rating-about', texts.about, [('0', texts.whole)])}"
        f'<label class="field" for="rating-note">{inert(texts.note)}<textarea id="rating-note" '
        f'rows="3" maxlength="{LONGEST_NOTE}" placeholder="{inert_words(texts.note_hint)}">'
        f'</textarea></label><p class="facts">{inert(texts.where_sent)}</p>'
        '<p class="state" role="status"></p><div class="acts">'
        f'<button type="submit" class="button primary">{inert(texts.send)}</button>'
        f'<button type="button" class="button quiet take-back" hidden>{inert(texts.take_back)}'
        "</button></div></form></dialog>"
    )


def _select(name: str, label: str, options: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f'<option value="{value}">{inert(words)}</option>' for value, words in options)
    return (
        f'<label class="field" for="{name}">{inert(label)}<select id="{name}">{rows}</select>'
        "</label>"
    )


def _close(texts: ChatsTexts) -> str:
    return f'<button type="button" class="close" aria-label="{inert_words(texts.close)}">×</button>'


def _data(**words: str) -> str:
    """Words that the script shows, as attributes."""
    return " ".join(f'data-{name}="{inert_words(text)}"' for name, text in words.items())
