"""What is in the drawer of models."""

import re
from pathlib import Path

from rag.found_models import Found
from ui.models.choosable import TOO_BIG, Choosable, choosable
from ui.models.drawer import render_drawer, render_models, trouble_of
from ui.models.opened import Status
from ui.texts.models import MODELS

ZH = MODELS["zh-CN"]


def drawer(*found: Choosable, status: Status | None = None, **how: object) -> str:
    options = {"style": "prose", "code": "zh-CN", "manage": True, **how}
    style = options.pop("style")
    return render_models(found, status or Status("quote"), style, **options)  # type: ignore[arg-type]


def test_what_answers_and_what_that_means() -> None:
    assert '<p class="name">摘录原文</p><p>只用文章里的原句，即刻作答，不另写一字。</p>' in drawer()
    model = Status("/m/small.gguf")
    assert '<p class="name">small</p><p>由本机模型撰写' in drawer(status=model)
    pointing = drawer(status=model, style="quote")
    assert '<p class="name">small</p><p>由模型从文章中选出句子，原样列出。</p>' in pointing


def test_each_model_has_its_size_and_its_fault() -> None:
    found = choosable(
        [
            Found("me/chat:Q8_0", Path("/hub/chat.gguf"), 1_240_000_000),
            Found("models/bad.gguf", Path("models/bad.gguf"), 99, "models/bad.gguf is empty; …"),
            Found("big.gguf", Path("big.gguf"), 2_000_000_001),
        ],
        current=("quote", None),
        memory=2_000_000_000,
    )
    assert [one.fault for one in found] == [None, None, "models/bad.gguf is empty; …", TOO_BIG]
    rows = re.findall(r"<li.*?</li>", drawer(*found).split("</form>")[0])
    assert 'value="quote" aria-describedby="model-0-about" checked>' in rows[0]
    assert rows[1] == (
        '<li><label><input type="radio" name="model" value="me/chat:Q8_0" '
        'aria-describedby="model-1-about"> <span class="name">me/chat:Q8_0</span></label>'
        '<p class="facts" id="model-1-about">1.2 GB</p></li>'
    )
    assert 'aria-describedby="model-2-about" disabled data-fault>' in rows[2]
    assert "0.0 MB · models/bad.gguf · 不能使用：文件是空的，请重新下载</p>" in rows[2]
    assert "2.0 GB · big.gguf · 不能使用：内存不够，请换一个较小的模型</p>" in rows[3]


def test_the_bundled_reader_points_and_comes_after_quotation() -> None:
    reader = Path(__file__)
    found = choosable([], current=("reader", reader), memory=None, reader=reader)
    assert [(one.name, one.current) for one in found] == [("quote", False), ("reader", True)]
    html = drawer(*found, status=Status("reader"), style="quote")
    assert '<p class="name">内置阅读模型</p><p>由模型从文章中选出句子，原样列出。</p>' in html
    row = re.findall(r"<li.*?</li>", html.split("</form>")[0])[1]
    assert 'value="reader"' in row and "由模型从文章中选出句子" in row


def test_without_managing_only_what_answers_is_shown() -> None:
    html = drawer(Choosable("models/secret.gguf", 8), manage=False)
    assert "secret" not in html and "<form" not in html and "<input" not in html
    assert html.endswith('<p class="facts">模型由管理这台电脑的人选定。</p>')


def test_why_a_model_did_not_come_in_the_readers_language() -> None:
    status = Status("quote", error="/m/x.gguf does not load (bad); download it again", failed="x")
    assert trouble_of(status, ZH) == "x 没能加载：文件可能已损坏，请重新下载，或换一个较小的模型。"
    killed = (
        "/m/x.gguf does not load (its process died of SIGKILL, as happens when memory runs out)"
    )
    assert trouble_of(Status("quote", error=killed, failed="x"), ZH) == (
        "x 没能加载：内存不够，请换一个较小的模型。"
    )
    odd = Status("quote", error="odd {0}; try it again.", failed="x")
    assert trouble_of(odd, ZH) == (
        "x 没能加载：odd {0}; try it again.（请另选一个模型，或重新下载这个文件）。"
    )
    assert trouble_of(odd, MODELS["en"]) == "x could not be loaded: odd {0}; try it again."
    assert trouble_of(Status("quote"), ZH) == ""
    assert '<p class="models-trouble" role="alert" hidden></p>' in drawer()
    assert 'role="alert">x 没能加载' in drawer(status=status)


def test_hostile_names_stay_text() -> None:
    evil = '"><img src=x onerror=alert(1)>\udcff.gguf'
    status = Status(evil, error=evil, failed=evil)
    html = drawer(Choosable(evil, 8, evil), status=status)
    assert "<img" not in html
    html.encode()  # names of files may hold what is no character
    assert Choosable(evil).key == '"><img src=x onerror=alert(1)>\ufffd.gguf'


def test_the_drawer_has_a_name_and_a_way_out() -> None:
    html = render_drawer("zh-TW")
    assert html.startswith('<dialog class="drawer" id="models" lang="zh-TW" ')
    assert 'aria-labelledby="models-title"' in html and '<h2 id="models-title">模型</h2>' in html
    assert '<button type="button" class="close" aria-label="關閉">×</button>' in html
    assert 'data-ready-quotation="從現在起摘錄原文作答。"' in html
