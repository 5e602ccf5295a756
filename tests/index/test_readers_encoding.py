import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import InputError
from index.readers import decode
from index.readers.common import FREQUENT, everyday, log_likelihood

SIMPLIFIED = "白塔镇的新桥昨天上午通车，两岸居民不必再绕行四十公里。镇长说，这座桥用了三年时间。"
TRADITIONAL = "白塔鎮的新橋昨天上午通車，兩岸居民不必再繞行四十公里。鎮長說，這座橋用了三年時間。"
JAPANESE = "白塔町の新しい橋が昨日開通した。住民はこれまで川を渡るために遠回りをしていた。"
FRENCH = (
    "Le maire a inauguré hier le nouveau théâtre. « C’est une fête », a-t-il déclaré à la presse."
)
SPANISH = "El museo de la sal abrió ayer después de tres años de obras; el alcalde señaló su éxito."

WORDS = re.findall(
    r"\S+",
    "白塔镇 新桥 通车 昨天 上午 居民 两岸 公里 镇长 时间 学校 老师 图书馆 开放 孩子 工厂 产品 出口 "
    "增长 医院 医生 病人 比赛 球队 胜利 天气 下雨 河水 农民 粮食 丰收 铁路 火车 记者 报道 会议 "
    "的 了 在 是 和 不 有 他 说 这 那 也 就 还 把 被 从 到 对 为 三 五 百 千 万 年 月 日",
)
WORDS_TRADITIONAL = re.findall(
    r"\S+",
    "白塔鎮 新橋 通車 昨天 上午 居民 兩岸 公里 鎮長 時間 學校 老師 圖書館 開放 孩子 工廠 產品 出口 "
    "增長 醫院 醫生 病人 比賽 球隊 勝利 天氣 下雨 河水 農民 糧食 豐收 鐵路 火車 記者 報導 會議 "
    "的 了 在 是 和 不 有 他 說 這 那 也 就 還 把 被 從 到 對 為 三 五 百 千 萬 年 月 日",
)
MARKS = ["，", "。", "！", "\n", "、", "“", "”", "2031", " ", "A"]


def sentences(words: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words + MARKS), min_size=12, max_size=60).map("".join)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_with_and_without_a_mark(encoding: str) -> None:
    text = "长春市，方艙"
    assert decode(text.encode(encoding)) == text


def test_a_mark_decides_the_byte_order() -> None:
    assert decode(b"\xfe\xff" + "桥".encode("utf-16-be")) == "桥"
    assert decode(b"\xff\xfe" + "桥".encode("utf-16-le")) == "桥"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SIMPLIFIED, "gb18030"),
        (SIMPLIFIED, "gbk"),
        (SIMPLIFIED, "gb2312"),
        (TRADITIONAL, "big5"),
        (TRADITIONAL, "gb18030"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (SIMPLIFIED, "utf-16-le"),
        (SIMPLIFIED, "utf-16-be"),
        ("The bridge was opened\non Monday.\n", "utf-16-le"),
        ("The bridge was opened\non Monday.\n", "utf-16-be"),
        (FRENCH, "cp1252"),
        (SPANISH, "cp1252"),
        ("It’s the county’s longest bridge, “a great day”, said the mayor.", "cp1252"),
    ],
)
def test_files_of_some_eighty_bytes(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text
    assert decode((text * 3000).encode(encoding)) == text * 3000


def test_text_far_beyond_the_beginning_is_read_in_the_same_encoding() -> None:
    text = "x" * 300_001 + SIMPLIFIED * 4000 + "𠮷鿔"
    assert decode(text.encode("gb18030")) == text


@given(sentences(WORDS), st.sampled_from(["gb18030", "gbk", "utf-16-le", "utf-16-be", "utf-8"]))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_simplified_chinese_is_read_as_written_or_refused(text: str, encoding: str) -> None:
    assert read_back(text, encoding) in (text, None)


@given(sentences(WORDS_TRADITIONAL), st.sampled_from(["big5", "cp950", "gb18030", "utf-16-le"]))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_traditional_chinese_is_read_as_written_or_refused(text: str, encoding: str) -> None:
    assert read_back(text, encoding) in (text, None)


@pytest.mark.parametrize("encoding", ["gb2312", "big5"])
def test_random_characters_are_almost_never_read_as_others(encoding: str) -> None:
    """Without grammar and frequency to go by, which is harder than any real text."""
    wrong = sum(
        misread(random_text(random.Random(seed), encoding), encoding) for seed in range(1500)
    )
    assert wrong <= 3


def random_text(draw: random.Random, encoding: str) -> str:
    first, last = {"gb2312": (0xB0, 0xF7), "big5": (0xA4, 0xC5)}[encoding]
    pairs = [
        bytes((draw.randint(first, last), draw.randint(0xA1, 0xFE)))
        for _ in range(draw.randint(16, 60))
    ]
    return b"".join(pair for pair in pairs if readable(pair, encoding)).decode(encoding)


def misread(text: str, encoding: str) -> bool:
    return read_back(text, encoding) not in (text, None)


@pytest.mark.parametrize("character", ["陛", "啊"])
def test_repetition_is_no_evidence(character: str) -> None:
    for encoding in ("big5", "gb18030"):
        assert read_back(character * 500, encoding) in (character * 500, None)


def readable(pair: bytes, encoding: str) -> bool:
    try:
        return len(pair.decode(encoding)) == 1
    except UnicodeDecodeError:
        return False


def read_back(text: str, encoding: str) -> str | None:
    try:
        return decode(text.encode(encoding))
    except InputError:
        return None


def test_most_short_texts_are_read_not_refused() -> None:
    draw = random.Random(7)
    texts = ["".join(draw.choices(WORDS + MARKS, k=25)) for _ in range(200)]
    assert sum(read_back(text, "gbk") == text for text in texts) >= 195
    texts = ["".join(draw.choices(WORDS_TRADITIONAL + MARKS, k=25)) for _ in range(200)]
    assert sum(read_back(text, "big5") == text for text in texts) >= 195


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x7fELF\x00\x01\x02", "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00", "binary"),
        (bytes(range(1, 9)) * 50, "binary"),
        (bytes(range(256)) * 4, "binary"),
        (random.Random(1).randbytes(3000).replace(b"\x00", b"\x01"), "iconv"),
        (SIMPLIFIED.encode()[:-1], "UTF-8 that ends in the middle of a character"),
        (SIMPLIFIED.encode()[:30] + b"\xff" + SIMPLIFIED.encode()[30:], "byte 30 is damaged"),
        (b"\xff\xfe" + SIMPLIFIED.encode("utf-16-le")[:-1], "UTF-16-LE that ends in the middle"),
        (SIMPLIFIED.encode("gbk")[:-1], "not UTF-8, and it begins like GB18030, but byte"),
        ("中文".encode("gbk"), "best guess is GB18030.*iconv -f GB18030"),
        ("中文".encode("big5"), "best guess is BIG5.*iconv -f BIG5"),
        ("Мэр города вчера открыл новый мост через реку.".encode("cp1251"), "iconv"),
        ("Мэр города вчера открыл новый мост через реку.".encode("koi8_r"), "iconv"),
        ("시장은 어제 새 다리를 열었다고 밝혔다. 공사는 삼 년이 걸렸다.".encode("cp949"), "iconv"),
        ("Burmistrz otworzył wczoraj nowy most, który łączy brzegi.".encode("cp1250"), "iconv"),
        ("Starosta včera otevřel nový most přes řeku, říkají občané.".encode("cp1250"), "iconv"),
        ((SIMPLIFIED + "\ue000").encode("gb18030"), r"private use \(U\+E000\)|iconv"),
    ],
)
def test_what_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        decode(data)


def test_variants_of_big5_are_told_apart() -> None:
    assert decode((TRADITIONAL + "粵語「嘅」").encode("big5hkscs")).endswith("粵語「嘅」")
    kana = TRADITIONAL + "店名「あじ」"
    assert decode(kana.encode("big5hkscs")) == kana  # Windows' table has other kana there


def test_a_few_control_characters_are_kept() -> None:
    text = SIMPLIFIED * 5 + "\x1a"  # the end mark of old DOS files
    assert decode(text.encode("gbk")) == text


def test_likelihood_of_characters() -> None:
    assert len(FREQUENT) == 884
    assert everyday("镇") and everyday("鎮") and everyday("渡") and not everyday("鿔")
    assert log_likelihood({"的": 2}) == 2 * log_likelihood({"的": 1})
    ranking = [log_likelihood({c: 1}) for c in "a。的渡齉\x01"]
    assert ranking == sorted(ranking, reverse=True)
    assert {log_likelihood({c: 1}) for c in "\ue000\x85\ud800"} == {float("-inf")}
