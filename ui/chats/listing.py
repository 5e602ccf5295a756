"""The list of kept chats, as HTML."""

from collections.abc import Sequence

from ui.chats.shelf import LONGEST_TITLE, Summary
from ui.inert import inert, inert_words, lang
from ui.texts.chats import ChatsTexts


def render_list(
    summaries: Sequence[Summary], *, searched: bool, keeping: str, texts: ChatsTexts
) -> str:
    """The chats, newest first; `keeping` ("yes", "no" or "never") is for the switch above."""
    if not summaries:
        words = texts.found_none if searched else texts.none
        return f'<div class="kept" data-keeping="{keeping}"><p class="facts">{words}</p></div>'
    rows = "".join(_row(summary, texts) for summary in summaries)
    return f'<div class="kept" data-keeping="{keeping}"><ul class="list">{rows}</ul></div>'


def _row(summary: Summary, texts: ChatsTexts) -> str:
    chat, title = inert_words(summary.id), inert_words(summary.title)
    count = summary.questions
    questions = texts.one_question if count == 1 else texts.questions.format(count=count)
    at = inert_words(summary.at)
    return (
        f'<li data-chat="{chat}"><button type="button" class="open" lang="{lang(summary.title)}">'
        f"{title}</button>"
        f'<p class="facts"><span class="here" hidden>{inert(texts.current)} · </span>'
        f'<time datetime="{at}">{at[:10]}</time> · {inert(questions)}</p>'
        '<div class="acts">'
        f"{_act('rename', texts.rename, title)}{_act('delete', texts.delete, title)}</div>"
        f'<form class="retitle" hidden><label class="visually-hidden" for="title-{chat}">'
        f"{inert(texts.new_title)}</label>"
        f'<input id="title-{chat}" name="title" value="{title}" maxlength="{LONGEST_TITLE}" '
        f'autocomplete="off" required><button type="submit" class="button">'
        f'{inert(texts.rename_done)}</button><button type="button" class="button quiet cancel">'
        f"{inert(texts.cancel)}</button></form></li>"
    )


def _act(act: str, words: str, title: str) -> str:
    return (
        f'<button type="button" class="button quiet {act}" '
        f'aria-label="{inert_words(words)}: {title}">{inert(words)}</button>'
    )
