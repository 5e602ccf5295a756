"""What the page shows before anything is asked."""

from collections.abc import Sequence

from ui.inert import inert, inert_words, lang
from ui.texts import Texts


def render_empty_panel(texts: Texts) -> str:
    """The panel before the first question."""
    return (
        f'<section class="empty" lang="{texts.code}"><h2>{inert(texts.sources)}</h2>'
        f"<p>{inert(texts.no_sources)}</p></section>"
    )


def render_invitation(questions: Sequence[str], texts: Texts) -> str:
    """The empty chat, with questions to begin with."""
    links = "".join(
        f'<a class="example" role="button" href="#example-{number}" lang="{lang(question)}">'
        f"{inert_words(question)}</a>"
        for number, question in enumerate(questions, 1)
    )
    examples = f'<div class="examples">{links}</div>' if links else ""
    return (
        f'<div class="invitation" lang="{texts.code}"><strong>{inert(texts.invitation)}</strong>'
        f"<br>{inert(texts.tagline)}</div>{examples}"
    )
