"""The drawer of articles: a form to look through them, a list, and a place to add files."""

from index.readers import LARGEST, SUFFIXES
from ui.articles.told import KINDS
from ui.articles.uploads import LARGEST_FILE, LISTS
from ui.inert import inert, inert_words
from ui.texts.articles import ARTICLES, ArticlesTexts

CHOSEN = 20  # articles found by words that questions can be limited to, at most


def render_drawer(code: str, *, manage: bool) -> str:
    """The drawer in a language; the list comes when it opens. With `manage` files can be added."""
    texts = ARTICLES[code]
    adding = _adding(texts) if manage else ""
    return (
        f'<dialog class="drawer" id="articles" aria-labelledby="articles-title"{_words(texts)}>'
        f'<header><h2 id="articles-title">{inert(texts.title)}</h2>'
        f'<button type="button" class="close" aria-label="{inert_words(texts.close)}">×</button>'
        f'</header><div class="drawer-body">{_form(texts)}<div class="facets"></div>{adding}'
        '<p class="visually-hidden told" role="status"></p>'
        '<div class="found" aria-busy="false"></div></div></dialog>'
    )


def _form(texts: ArticlesTexts) -> str:
    words = _field("q", texts.find, f'type="search" placeholder="{inert_words(texts.find_hint)}"')
    date = f'inputmode="numeric" maxlength="10" placeholder="{inert_words(texts.date_hint)}"'
    date += ' aria-describedby="articles-wrong"'
    named = f'list="articles-sources" placeholder="{inert_words(texts.any_source)}"'
    fields = _field("since", texts.since, date) + _field("until", texts.until, date)
    fields += _field("source", texts.source, named)
    options = "".join(
        f'<option value="{value}">{inert(name)}</option>'
        for value, name in (("newest", texts.newest), ("title", texts.by_title))
    )
    order = (
        f'<p class="field"><label for="articles-order">{inert(texts.order)}</label>'
        f'<select id="articles-order" name="order">{options}</select></p>'
    )
    return (
        f'<form class="find" role="search">{words}<div class="limits">{fields}{order}'
        '</div><p class="wrong" id="articles-wrong" role="alert"></p><div class="row">'
        f'<button type="button" class="button primary these">{inert(texts.apply)}</button>'
        f'<button type="button" class="button quiet reset">{inert(texts.reset)}</button>'
        "</div></form>"
    )


def _adding(texts: ArticlesTexts) -> str:
    """What files are dropped on, the work that follows, and what was removed."""
    return (
        f'<section class="adding">{_drop(texts)}<div class="waiting" hidden><p></p><p class="row">'
        f'<button type="button" class="button add">{inert(texts.add_waiting)}</button>'
        f'<button type="button" class="button quiet discard">{inert(texts.discard)}</button>'
        '</p></div><div class="work" hidden><p class="stage"></p>'
        f'<progress max="1" value="0" aria-label="{inert_words(texts.progress)}"></progress>'
        f'<button type="button" class="button quiet cancel">{inert(texts.cancel)}</button></div>'
        '<div class="report" role="status" aria-live="polite"></div>'
        '<div class="removed"></div></section>'
    )


def _drop(texts: ArticlesTexts) -> str:
    accept = ",".join(SUFFIXES)
    single, most = LARGEST // 1_000_000, LARGEST_FILE // 1_000_000
    kinds = texts.kinds.format(kinds=KINDS, size=single, lists=" ".join(LISTS), most=most)
    hidden = 'type="file" multiple hidden tabindex="-1"'
    return (
        f'<details class="sending"><summary>{inert(texts.adding)}</summary><div class="drop">'
        f'<p>{inert(texts.drop)}</p><p class="row">'
        f'<button type="button" class="button choose">{inert(texts.choose)}</button>'
        f'<button type="button" class="button choose-folder">{inert(texts.choose_folder)}</button>'
        f'</p><p class="facts">{inert(kinds)}</p>'
        f'<input class="files" {hidden} accept="{accept}">'
        f'<input class="folder" {hidden} webkitdirectory></div></details>'
    )


def _field(name: str, label: str, rest: str) -> str:
    return (
        f'<p class="field"><label for="articles-{name}">{inert(label)}</label>'
        f'<input id="articles-{name}" name="{name}" autocomplete="off" {rest}></p>'
    )


def _words(texts: ArticlesTexts) -> str:
    """What the script says, as attributes; it puts names and numbers in."""
    said = {
        "kinds": KINDS,
        "most": str(CHOSEN),
        "wrong-date": texts.wrong_date,
        "wrong-order": texts.wrong_order,
        "limited": texts.limited,
        "only-added": texts.only_added,
        "too-many": texts.too_many,
        "uploading": texts.uploading,
        "stopping": texts.stopping,
        "other-kinds": texts.other_kinds,
        "unsent": texts.unsent,
        "stays": texts.stays,
        "remove": texts.remove,
        "keep": texts.keep,
        "removing": texts.removing_now,
        "undo": texts.undo,
        "for-good": texts.for_good,
    }
    return "".join(f' data-{name}="{inert_words(words)}"' for name, words in said.items())
