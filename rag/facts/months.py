"""Names of months in the languages that have spaces between words."""

from rag.facts.view import View

_CASES = "кий кая кое кого кой кому кие ких ким кую ком кими"  # endings of июньский
_STEMS = "январь февраль мартов апрель май июнь июль августов сентябрь октябрь ноябрь декабрь"
MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero января январь январе январю январем janvier januar",
            "february feb febrero февраля февраль феврале февралю февралем février februar",
            "march mar marzo марта март марте марту мартом mars märz",
            "april apr abril апреля апрель апреле апрелю апрелем avril",
            "may mayo мая май мае маю маем mai",
            "june jun junio июня июнь июне июню июнем juin juni",
            "july jul julio июля июль июле июлю июлем juillet juli",
            "august aug agosto августа август августе августу августом août",
            "september sep sept septiembre setiembre сентября сентябрь сентябре сентябрю septembre",
            "october oct octubre октября октябрь октябре октябрю octobre oktober",
            "november nov noviembre ноября ноябрь ноябре ноябрю novembre",
            "december dec diciembre декабря декабрь декабре декабрю décembre dezember",
        ),
        1,
    )
    for name in names.split()
}
MONTHS |= {
    f"{stem}с{case}": number
    for number, stem in enumerate(_STEMS.split(), 1)
    for case in _CASES.split()
}
_ENGLISH_NAMES = (
    "january jan february feb march mar april apr may june jun july jul august aug september sep "
    "sept october oct november nov december dec"
)
_ENGLISH = frozenset(_ENGLISH_NAMES.split())
_AMBIGUOUS = "may march mar mai mars sep sept jan dec nov oct jun jul apr aug feb august"
_ALSO_WORDS = frozenset(_AMBIGUOUS.split())
_LEADING = (
    "in since until till by of from last next this early late mid during before after through "
    "and to between for le en de desde hasta en entre y im"
)
_LEADS = frozenset(_LEADING.split())


def month_named(view: View, start: int, word: str) -> int | None:
    """The month that a word of the view names, if it is a month in the text's language.

    English names have a capital letter, and no others stand in English.
    """
    month = MONTHS.get(word)
    if month is None or word[0] >= "а" or view.language != "en":
        return month
    known = word in _ENGLISH and (view.capital(start) or word not in _ALSO_WORDS)
    return month if known else None


def stands_alone(view: View, start: int, word: str, before: str) -> bool:
    """Whether a name without day or year is surely a month: not a person's, not "to march"."""
    if view.language != "en":
        return len(word) > 3
    if word not in _ALSO_WORDS:
        return not word[0].isascii() or view.capital(start)
    if word == "may":
        return view.capital(start) and before in ("in", "since", "last", "until", "by")
    return view.capital(start) and len(word) > 3 and before in _LEADS
