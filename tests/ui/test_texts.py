"""The page speaks the reader's language."""

import dataclasses
import string

import pytest

from ui.texts import ALL, EN, ZH_CN, ZH_TW, texts_for


@pytest.mark.parametrize(
    ("header", "texts"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", ZH_CN),
        ("zh", ZH_CN),
        ("zh-TW", ZH_TW),
        ("zh-Hant-HK,en", ZH_TW),
        ("en-GB,zh-CN", EN),
        ("fr-FR,zh-CN;q=0.5", ZH_CN),
        ("fr", EN),
        ("", EN),
        (";;,,", EN),
    ],
)
def test_the_first_language_that_we_speak_is_chosen(header, texts):
    assert texts_for(header) is texts


@pytest.mark.parametrize("texts", ALL, ids=lambda texts: texts.code)
def test_all_languages_have_the_same_blanks(texts):
    for field in dataclasses.fields(texts):
        value, english = getattr(texts, field.name), getattr(EN, field.name)
        if isinstance(value, str):
            assert value
            assert _blanks(value) == _blanks(english), field.name
        else:
            assert value.keys() == english.keys()


def test_reasons_are_translated_and_new_ones_pass():
    assert ZH_CN.reason("65% of its words stand in the source") == "65% 的用词见于原文"
    assert ZH_TW.reason("date not in the source: ?-05-18") == "日期 05-18"
    assert ZH_CN.reason("quotation not in the source: a{0}\nb") == "引语“a{0}\nb”"
    assert EN.reason("something else") == "something else"
    assert ZH_CN.reason("name not in the source: 王岚") == "名称 王岚"
    assert ZH_TW.reason("“五” where the source has “三”") == "寫作「五」，原文是「三」"
    assert EN.reason("contradicts the source, according to x") == (
        "contradicts the source, according to x"
    )


def _blanks(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
