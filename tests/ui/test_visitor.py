"""Cookies tell browsers apart and keep the language that was chosen."""

from types import SimpleNamespace

import pytest

from ui.texts import EN, ZH_CN, ZH_TW
from ui.visitor import new_reader, reader_of, texts_of


def visit(accepts="", **cookies):
    return SimpleNamespace(headers={"accept-language": accepts}, cookies=cookies)


def test_the_language_chosen_goes_before_the_browsers():
    assert texts_of(visit("zh-CN")) is ZH_CN
    assert texts_of(visit("zh-CN", yz_lang="zh-TW")) is ZH_TW
    assert texts_of(visit("zh-CN", yz_lang="<x>")) is ZH_CN
    assert texts_of(SimpleNamespace(headers={}, cookies={})) is EN


def test_a_browser_is_known_by_its_number_alone():
    number = new_reader()
    assert reader_of(visit(yz_reader=number)) == number
    assert new_reader() != number


@pytest.mark.parametrize("number", ["", "short", "a" * 65, "../../etc/passwd0000", "é" * 20])
def test_other_numbers_are_none(number):
    assert reader_of(visit(yz_reader=number)) == ""
