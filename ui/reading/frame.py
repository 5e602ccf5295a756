"""What stays while a reader goes through articles: the way back, the views, the quotations."""

from ui.inert import inert, inert_words
from ui.texts.reading import READING


def render_frame(code: str) -> str:
    """The toolbar and an empty place for an article, in the language `code`.

    Words that the page needs later are in its `data-` attributes.
    """
    own = READING[code]
    words = (("label", own.label), ("loading", own.loading), ("retry", own.retry))
    data = " ".join(f'data-{name}="{inert_words(value)}"' for name, value in words)
    return (
        f'<div class="reading-frame" lang="{code}" {data}>'
        f'<div class="reading-tools" role="toolbar" aria-label="{inert_words(own.label)}">'
        f'<button type="button" class="button quiet reading-back">'
        f'<span aria-hidden="true">←</span> {inert(own.back)}</button>'
        f'<span class="reading-views" role="group" aria-label="{inert_words(own.views)}">'
        f"{_view('text', own.as_text, pressed='true')}"
        f"{_view('printed', own.as_printed, pressed='false')}</span>"
        f'<span class="reading-steps">{_step("previous", "‹", own.previous)}'
        f'<span class="reading-count" aria-live="polite" '
        f'data-form="{inert_words(own.count)}"></span>{_step("next", "›", own.next)}</span>'
        '<p class="reading-title" aria-hidden="true"></p>'
        '</div><div class="reading-body"></div></div>'
    )


def _view(name: str, words: str, *, pressed: str) -> str:
    return (
        f'<button type="button" class="button quiet" data-view="{name}" '
        f'aria-pressed="{pressed}">{inert(words)}</button>'
    )


def _step(name: str, sign: str, words: str) -> str:
    label = inert_words(words)
    return (
        f'<button type="button" class="button quiet" data-step="{name}" aria-label="{label}" '
        f'title="{label}" disabled><span aria-hidden="true">{sign}</span></button>'
    )
