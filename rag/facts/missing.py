"""The facts of a sentence that its sources do not have, and words for them."""

from collections.abc import Sequence

from index.dates import Date
from rag.facts.agree import agrees
from rag.facts.fact import Fact, Figure, Missing, Name
from rag.facts.offers import Offers


def absent(
    asserted: Sequence[Fact], language: str, sources: Sequence[Offers]
) -> tuple[Missing, ...]:
    """What no source has of the facts of a sentence in `language`, in their order."""
    lacking = [
        fact
        for fact in asserted
        if not any(agrees(fact, s, translated=s.view.language != language) for s in sources)
    ]
    if not lacking:
        return ()
    languages = {source.view.language for source in sources}
    found = (_missing(fact, language, languages) for fact in lacking)
    return tuple(missing for missing in found if missing is not None)


def _missing(fact: Fact, language: str, languages: set[str]) -> Missing | None:
    """None for a name that is spelled otherwise in the languages of all sources."""
    form = fact.forms[0]
    if isinstance(form, Name):
        spellings = languages | ({"han"} if languages & {"zh", "ja"} else set())
        if form.spelling != "code" and form.spelling not in spellings:
            return None
        return Missing(fact, False, f"name not in the source: {fact.text}")
    if fact.kind == "quotation" and not {language, "und"} & languages:
        return Missing(fact, False, "quotation is a translation: not checked")
    kind = "number" if fact.kind == "figure" else fact.kind
    return Missing(fact, True, f"{kind} not in the source: {_words(fact)}")


def _words(fact: Fact) -> str:
    """A plain figure or a date in its normal form, anything else as it is printed."""
    form = fact.forms[0]
    if isinstance(form, Date):
        return str(form)
    if isinstance(form, Figure) and form.unit in ("", "count", "turn", "ordinal"):
        return f"{form.value.normalize():f}"
    return fact.text
