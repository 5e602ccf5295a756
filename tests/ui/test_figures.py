"""A sentence that tells a figure gives the question for it."""

import pytest

from ui.figures import answers, figure_questions


@pytest.mark.parametrize(
    ("text", "question", "figure"),
    [
        ("截至12日，全市共建成体育馆22处，床位23095张。", "全市共建成体育馆多少处？", "22处"),
        ("洪水造成全县农作物受灾3.7万亩。", "洪水造成全县农作物受灾多少亩？", "3.7万亩"),
        ("公交集团临时调整线路二百条，公交集团加开班车31辆。", "公交集团加开班车多少辆？", "31辆"),
    ],
)
def test_the_figure_is_what_is_asked_for(text, question, figure):
    found = list(figure_questions(text))
    assert [(one.text, one.figure) for one in found] == [(question, figure)]


@pytest.mark.parametrize(
    "text",
    [
        "其中地下站19座。",  # leans on what stands before
        "工程于2026年3月开工。",
        "岚浦市5月18日有游客300人。",  # a date would be asked along
        "四川省先后派出608名医务人员。",  # goes on behind the figure
        "城区由31公里。",
        "设立安置点31处。",  # nobody is named
        "The town has 22座 bridges.",
        "",
    ],
)
def test_other_sentences_make_no_question(text):
    assert list(figure_questions(text)) == []


def test_an_answer_has_the_figure_in_any_width_and_script():
    (question,) = figure_questions("洪水造成全县农作物受灾3.7万亩。")
    assert answers("受災３.７萬畝。[1]", question)
    assert not answers("受灾3.8万亩。", question)
