import pytest

from eval.metrics import contains, proves, says
from eval.metrics.matching import says_any
from eval.sets import Evidence
from tests.eval.metrics.made import hit, row


@pytest.mark.parametrize(
    ("text", "alternative", "found"),
    [
        ("改造廚房共花費2,860萬元", "2860万元", True),
        ("共 2860 万元", "2,860万元", True),
        ("１４台机器人", "14台", True),
        ("114台机器人", "14台", False),
        ("11月2日", "1月2日", False),
        ("longueur 1 860 m", "1,860 m", True),
        ("In 2031 400 came", "400", True),
        ("27.5公里", "27", False),
        ("27.5公里", "5公里", False),
        ("It was 27.", "27", True),
        ("The MAIN  cables are sound.", "main cables", True),
        ("The maincables", "main cables", True),
        ("Nothing", "main cables", False),
    ],
)
def test_contains(text: str, alternative: str, found: bool) -> None:
    assert contains(text, alternative) is found


@pytest.mark.parametrize(
    ("text", "alternative"),
    [
        # money, in seven languages
        ("The line cost 19.68 billion yuan.", "196.8亿元"),
        ("Строительство обошлось в 19,68 миллиарда юаней.", "196.8亿元"),
        ("La línea costó 19.680 millones de yuanes.", "196.8亿元"),
        ("総投資額は196億8000万元です。", "196.8亿元"),
        ("總投資196.8億元。", "196.8亿元"),
        ("总投资一百九十六亿八千万元。", "196.8亿元"),
        ("Es kostete 19,68 Milliarden Yuan.", "196.8亿元"),
        ("196.8亿元", "19.68 billion yuan"),
        ("The toll is 5 dollars.", "$5"),
        # dates and times
        ("It opened on May 18, 2031.", "5月18日"),
        ("Она открылась 18 мая.", "5月18日"),
        ("Se inauguró el 18 de mayo.", "5月18日"),
        ("Il a plu le 18 mai.", "5月18日"),
        ("5月18日に開業した。", "May 18"),
        ("The first train leaves at 6:10 a.m.", "6时10分"),
        ("On Wednesday it rained.", "星期三"),
        # lengths, periods, shares
        ("Die Strecke ist 27,5 Kilometer lang.", "27.5公里"),
        ("二号线全长27500米。", "27.5公里"),
        ("It took 417 days.", "417天"),
        ("Проходка заняла 417 дней.", "417天"),
        ("It rose by 22 per cent.", "百分之二十二"),
        ("占四分之一。", "25%"),
        # things counted one by one: a counting word may be missing, or be that of another language
        ("It has twenty-two stations.", "22座"),
        ("設站二十二座。", "22座"),
        ("Some 12,300 people ran.", "12,300人"),
        ("共有12300名选手参赛。", "12,300人"),
        ("АИ поверили 17人。", "17 человек"),
        ("It cost 280,000 euros.", "280.000"),
        ("三次遇到流沙层。", "3次"),
        ("5千円を渡す。", "пять тысяч иен"),
        # several figures at once, and words around figures
        ("It has 22 stations on 27.5 km.", "22座，27.5公里"),
        ("六十至六十九周岁老人半价。", "60至69周岁"),
        ("工程延误五个月。", "延误5个月"),
        ("十四台机器人上岗。", "14台机器人"),
        ("到2035年底完工。", "2035年底"),
        ("第3届马拉松。", "第三届"),
        # only words
        ("位于芷滨广场。", "芷滨广场"),
    ],
)
def test_says(text: str, alternative: str) -> None:
    assert says(text, alternative)


@pytest.mark.parametrize(
    ("text", "alternative"),
    [
        # another unit
        ("The line cost 19.68 billion dollars.", "196.8亿元"),
        ("The line cost 19.68 billion.", "196.8亿元"),
        ("It is 27.5 miles long.", "27.5公里"),
        ("全长27.5米。", "27.5公里"),
        ("It is 22 km long.", "22座"),
        ("共有22人。", "22座"),
        ("It took 417 hours.", "417天"),
        ("过了5年。", "5个月"),
        ("票价5元。", "$5"),
        ("It takes 5 minutes.", "5 m"),
        # 万 and 亿, million and billion
        ("总投资196.8万元。", "196.8亿元"),
        ("The line cost 19.68 million yuan.", "196.8亿元"),
        ("共14万人。", "14"),
        ("投资3,600万元。", "3600"),
        ("共14万台。", "14台"),
        ("1.5 million people came.", "1.5 m"),
        ("设车站二十二座。", "二十"),
        # percent and plain
        ("It has 22 members.", "22%"),
        ("涨了0.22。", "22%"),
        ("占22%。", "22座"),
        ("占百分之二十二。", "22"),
        # another or less of a date
        ("It opened on May 19.", "5月18日"),
        ("It opened in May 2031.", "2031年5月18日"),
        ("It leaves at 6:10 p.m.", "上午6时10分"),
        # rounded, or more exact
        ("It cost about 20 billion yuan.", "196.8亿元"),
        ("约22.3%。", "22%"),
        ("140 m long.", "140,000 m"),
        # the words around the figure are others
        ("It ends in 2035.", "2035年底"),
        ("延误了三天，前后共五个月。", "延误5个月"),
        ("3名女生和5名男生。", "5名女生"),
        ("14 robots work.", "14台机器人"),
        # things counted by another word, or by none, in Chinese and Japanese
        ("保持18摄氏度。", "18个"),
        ("最长断水19天。", "19个"),
        ("Two shifts, 18 hours a day.", "18个"),
        ("桐谷航さん（34）は話した。", "34場"),
        ("17等級の彗星。", "17 человек"),
        ("产能降到24吉瓦时。", "24支"),
        # decimals that end in a zero: thousands in another language, or a time of day
        ("用地280亩。", "280.000"),
        ("沉降5毫米。", "5.00"),
        # only one of two figures
        ("It has 22 stations on 28 km.", "22座，27.5公里"),
        ("", "22座"),
        ("没有说。", "\u200b"),
        ("没有说。", "22座"),
    ],
)
def test_says_not(text: str, alternative: str) -> None:
    assert not says(text, alternative)


def test_says_any() -> None:
    assert says_any(["无。", "设站22座。"], iter(["20座", "22座"]))
    assert not says_any(["无。", "设站22座。"], ["20座"])
    assert not says_any([], ["22座"])


def test_an_answer_is_not_put_together_from_two_sentences() -> None:
    assert not says_any(["共计22", "座车站"], ["22座车站"])


def test_a_paragraph_printed_again_proves_under_either_source() -> None:
    morning = {"paragraph": "p9", "source": "b.txt"}
    evidence = Evidence("b.txt", "新桥长500米")
    for text, also_in, found in (
        (None, [morning], True),
        (None, [{**morning, "source": "a.txt"}, morning], True),
        (None, [{**morning, "source": "a.txt"}], False),
        (None, [], False),
        ("新橋長600米。", [morning], False),  # the words have to be those that are shown
    ):
        shown = row(hits=[hit(1, text, source="evening.txt", also_in=also_in)]).hits[0]
        assert proves(shown, evidence) is found
