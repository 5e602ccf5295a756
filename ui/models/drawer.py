"""The drawer of models: what answers, what else could, and how to get one."""

from collections.abc import Sequence

from rag.llm import AnswerStyle
from ui.inert import inert, inert_words
from ui.models.choosable import QUOTE, READER, Choosable, shown
from ui.models.opened import Status
from ui.texts.models import MODELS, ModelsTexts


def render_drawer(code: str) -> str:
    """The drawer in the language `code`; the page fills it each time that it is opened."""
    own = MODELS[code]
    data = " ".join(
        f'data-{name}="{inert_words(words)}"'
        for name, words in (
            *(("opening", own.opening), ("loading", own.loading), ("waiting", own.waiting)),
            *(("share", own.share), ("ready", own.ready), ("cancelled", own.cancelled)),
            ("ready-quotation", own.ready_quotation),
        )
    )
    return (
        f'<dialog class="drawer" id="models" lang="{code}" aria-labelledby="models-title" {data}>'
        f'<header><h2 id="models-title">{inert(own.title)}</h2>'
        f'<button type="button" class="close" aria-label="{inert_words(own.close)}">×</button>'
        f'</header><div class="drawer-body"></div></dialog>'
    )


def render_models(
    found: Sequence[Choosable], status: Status, style: AnswerStyle, *, code: str, manage: bool
) -> str:
    """What is in the drawer; without `manage` only what answers."""
    own = MODELS[code]
    now = _now(status.current, style, own)
    if not manage:
        return f'{now}<p class="facts">{inert(own.locked)}</p>'
    return f"{now}{_form(found, own)}{_progress(own)}{_trouble(status, own)}{_getting(own)}"


def title_of(name: str, own: ModelsTexts) -> str:
    """What to call a model, or quotation, by its name."""
    names = {QUOTE: own.quotation, READER: own.reader}
    return names.get(name) or Choosable(name).title


def trouble_of(status: Status, own: ModelsTexts) -> str:
    """Why what was chosen last does not answer, with a remedy; "" if nothing went wrong."""
    if not status.error:
        return ""
    fault = own.fault(shown(status.error)).rstrip(".。")
    return own.failed.format(name=title_of(status.failed, own), fault=fault)


def _now(current: str, style: AnswerStyle, own: ModelsTexts) -> str:
    if current == QUOTE:
        means = own.means_quotation
    else:
        means = own.means_prose if style == "prose" else own.means_pointing
    return (
        f'<section class="now"><h3>{inert(own.now)}</h3>'
        f'<p class="name">{inert_words(title_of(current, own))}</p><p>{inert(means)}</p></section>'
    )


def _form(found: Sequence[Choosable], own: ModelsTexts) -> str:
    rows = "".join(_row(number, one, own) for number, one in enumerate(found))
    only_ours = all(one.name in (QUOTE, READER) for one in found)
    none = f'<p class="facts">{inert(own.none)}</p>' if only_ours else ""
    return (
        f'<form class="models-form"><fieldset><legend>{inert(own.choose)}</legend>'
        f'<ul class="list">{rows}</ul></fieldset>{none}'
        f'<button type="submit" class="button primary" disabled>{inert(own.use)}</button></form>'
    )


def _row(number: int, one: Choosable, own: ModelsTexts) -> str:
    about, facts = f"model-{number}-about", []
    if one.size is not None:
        facts.append(_size(one.size))
    if one.title != one.key and one.name != QUOTE:
        facts.append(one.key)
    if one.name == QUOTE:
        facts.append(own.means_quotation)
    if one.name == READER:
        facts.append(own.means_pointing)
    if one.fault is not None:
        facts.append(own.unusable.format(fault=own.fault(shown(one.fault))))
    faulty = one.fault is not None and not one.current
    states = ("checked", one.current), ("disabled data-fault", faulty)
    flags = "".join(f" {name}" for name, so in states if so)
    current = ' aria-current="true"' if one.current else ""
    return (
        f'<li{current}><label><input type="radio" name="model" value="{inert_words(one.key)}" '
        f'aria-describedby="{about}"{flags}> <span class="name">'
        f"{inert_words(title_of(one.name, own))}</span></label>"
        f'<p class="facts" id="{about}">{inert_words(" · ".join(facts))}</p></li>'
    )


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"


def _progress(own: ModelsTexts) -> str:
    """What is shown while a model is loaded; the page fills it in."""
    return (
        '<div class="models-progress" hidden><p class="words" id="models-loading" role="status">'
        '</p><progress max="100" aria-labelledby="models-loading"></progress>'
        '<span class="facts share"></span>'
        f'<button type="button" class="button models-cancel">{inert(own.cancel)}</button></div>'
    )


def _trouble(status: Status, own: ModelsTexts) -> str:
    words = trouble_of(status, own)
    hidden = "" if words else " hidden"
    return f'<p class="models-trouble" role="alert"{hidden}>{inert(words)}</p>'


def _getting(own: ModelsTexts) -> str:
    lines = (
        (own.getting_folder, "folder", "./models"),
        (own.getting_start, "variable", "RAG_LLM"),
        (own.getting_list, "command", "python -m rag models"),
    )
    items = "".join(
        f"<li>{inert(form).replace('{' + name + '}', f'<code>{inert(words)}</code>')}</li>"
        for form, name, words in lines
    )
    return (
        f'<details class="getting"><summary>{inert(own.getting)}</summary>'
        f'<ul class="list">{items}</ul></details>'
    )
