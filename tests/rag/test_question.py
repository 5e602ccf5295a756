import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.question import Kind, kinds_asked, offers, parts, question_kind


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("有几处，共多少床位？", {"number"}),
        ("什么时候开通？", {"date"}),
        ("谁来主持？", {"person"}),
        ("Where and when did it open?", {"place", "date"}),
        ("¿Cuántos visitantes?", {"people"}),
        ("参加的选手有多少人？", {"people"}),
        ("參賽人數是多少？", {"people"}),
        ("女选手占参赛人数的百分之多少？", {"number"}),
        ("女選手佔參賽人數的比例是多少？", {"number"}),
        ("修桥花了多少钱？", {"money"}),
        ("How much did the bridge cost?", {"money"}),
        ("なぜ延期されたのか", {"reason"}),
        ("Кто открыл мост?", {"person"}),
        ("讲讲这座桥", set()),
    ],
)
def test_kinds_asked(question: str, kinds: set[str]) -> None:
    assert kinds_asked(question) == kinds


def test_a_figure_of_the_question_is_no_answer() -> None:
    assert not offers("22处方舱医院", "number", "这22处在哪")
    assert offers("22处方舱医院，床位500张", "number", "这22处有多少床位")


def test_a_sum_of_money_is_no_number_of_people() -> None:
    question = "修桥花了多少钱？"
    assert offers("修桥共用去1,370万元。", "money", question)
    assert not offers("参加的有300人。", "money", question)
    assert offers("参加的有300人。", "people", "有多少人？")
    assert not offers("共300公里。", "people", "有多少人？")


KINDS: dict[Kind, list[str]] = {
    "who": [
        "谁获得了冠军？", "誰獲得冠軍？", "哪位教授主持？", "这座桥是由谁设计的？", "何人主讲？",
        "Who opened the bridge?", "By whom was it built?", "橋を設計したのは誰ですか？",
        "¿Quién inauguró el puente?", "Кто открыл мост?",
    ],
    "when": [
        "大桥什么时候通车？", "大橋什麼時候通車？", "哪一年建成？", "工程於哪年完工",
        "几月几日开幕？",
        "When did it open?", "In what year was it built?", "橋はいつ開通しましたか",
        "橋が開通したのは何年ですか", "¿En qué año se inauguró?", "¿Cuándo abrió el museo?",
        "Когда открылся мост?", "В каком году построен мост?",
    ],
    "where": [
        "展览在哪里举行？", "展覽在哪裡舉行？", "哪个城市举办？", "Where is the museum?",
        "In which city was it held?", "展覧会はどこで開かれますか？", "¿Dónde se celebró?",
        "¿En qué ciudad se celebró la feria?", "Где прошла выставка?",
        "В каком городе прошла выставка?",
    ],
    "how_many": [
        "有多少人参加？", "有幾個車站？", "新桥有多长？", "女选手占百分之几？",
        "How many people came?", "How long is the bridge?",
        "What percentage of the runners were women?", "参加者は何人ですか？",
        "橋の長さは何メートルですか", "入場料はいくらですか", "¿Cuántas personas asistieron?",
        "Сколько человек пришло?", "Какова длина моста?",
    ],
    "why": [
        "为什么推迟？", "為什麼推遲？", "推迟的原因是什么？", "Why was it postponed?",
        "What was the reason for the delay?", "なぜ延期されたのですか", "¿Por qué se aplazó?",
        "Почему отложили открытие?",
    ],
    "what": [
        "新馆叫什么名字？", "新館叫什麼名字？", "讲讲这座桥", "What did the mayor promise?",
        "What happened when the bridge opened?", "市長は何を約束しましたか",
        "¿Qué prometió el alcalde?", "Что обещал мэр?",
    ],
    "yes_no": [
        "大桥通车了吗？", "大橋是否通車？", "Is the bridge open?",
        "Did the mayor resign when the bridge fell?", "橋は開通しましたか？",
        "¿Se inauguró el puente?", "Открыт ли мост?",
    ],
    "list": [
        "有哪些国家参加？", "有哪些國家參加？", "前三名分别是谁？", "Which countries were invited?",
        "What kinds of fish live there?", "優勝した学校をすべて挙げてください",
        "¿Cuáles son las estaciones?", "Какие страны участвовали?",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("question", "kind"), [(question, kind) for kind in KINDS for question in KINDS[kind]]
)
def test_question_kind(question: str, kind: Kind) -> None:
    assert question_kind(question) == kind


@pytest.mark.parametrize(
    ("question", "single"),
    [
        ("新桥有多长？湖水有多深？", ["新桥有多长？", "湖水有多深？"]),
        ("新桥有多长，由谁设计？", ["新桥有多长？", "新桥由谁设计？"]),
        ("新橋有多長？它有多寬？", ["新橋有多長？", "新橋有多寬？"]),
        ("新馆的面积是多少？其造价是多少？", ["新馆的面积是多少？", "新馆的造价是多少？"]),
        ("有几处，共多少床位？", ["有几处？", "共多少床位？"]),
        ("展览何时何地举行？", ["展览何时举行？", "展览何地举行？"]),
        ("展览什么时候、在哪里举行？", ["展览什么时候举行？", "展览在哪里举行？"]),
        (
            "在去年的比赛中，有多少人参加，谁获得冠军？",
            ["在去年的比赛中，有多少人参加？", "在去年的比赛中，谁获得冠军？"],
        ),
        (
            "Where and when did the fair open?",
            ["Where did the fair open?", "When did the fair open?"],
        ),
        (
            "Who opened the bridge and how many people came?",
            ["Who opened the bridge?", "How many people came?"],
        ),
        (
            "How long is the bridge and how wide is it?",
            ["How long is the bridge?", "How wide is the bridge?"],
        ),
        (
            "¿Dónde y cuándo se celebró la feria?",
            ["¿Dónde se celebró la feria?", "¿Cuándo se celebró la feria?"],
        ),
        (
            "Кто открыл мост и сколько человек пришло?",
            ["Кто открыл мост?", "Сколько человек пришло?"],
        ),
        (
            "展覧会はいつ、どこで開かれますか？",
            ["展覧会はいつ開かれますか？", "展覧会はどこで開かれますか？"],
        ),
        (
            "橋の長さは何メートルで、設計したのは誰ですか？",
            ["橋の長さは何メートル？", "設計したのは誰ですか？"],
        ),
    ],
)
def test_a_question_with_parts(question: str, single: list[str]) -> None:
    assert parts(question) == single


@pytest.mark.parametrize(
    "question",
    [
        "谁是市长？",
        "谁在什么时候提出了什么？",
        "在修桥时，谁是市长？",
        "这座桥不用任何钢材，由谁设计？",
        "What do cats and dogs eat?",
        "When was the bridge, which crosses the river where the mill stood, built?",
        "Кто стоит там, где был мост?",
        "讲讲这座桥",
        "",
        "？？",
    ],
)
def test_a_question_that_asks_one_thing_stays_as_it_is(question: str) -> None:
    assert parts(question) == [question]


WORDS = [
    "谁",
    "何时",
    "在哪里",
    "，",
    "、",
    "新桥",
    "有多长",
    "？",
    " and ",
    "when",
    "where ",
    "is it",
]


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(WORDS)).map("".join)))
def test_any_text_has_parts_and_a_kind(question: str) -> None:
    single = parts(question)
    assert single == [question] or len(single) > 1 and all(part.strip() for part in single)
    assert question_kind(question) in KINDS
