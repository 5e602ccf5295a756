"""How likely a character is in running text: what tells the right decoding from a wrong one.

The 649 simplified and 235 traditional characters below make up about three quarters of Chinese
news text; bytes read in the wrong encoding give rare characters instead. The probabilities are
orders of magnitude, not measurements: a wrong reading is worse by far more than they err.
"""

import math
import unicodedata
from functools import cache

_SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之"
    "年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样"
    "理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将"
    "两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信"
    "表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔"
    "更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统"
    "区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品"
    "住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运笔县党省委议警"
    "组织线投满步快连城容转林革亲根华片改始集往料单京村办团级率流车育八六七九百千亿号防卫病疫"
    "医救护灾火项供服居早晚夜午昨周星近远半央府官吏选派联签协约谈支持布宣称示希努影响增减降升"
    "价钱费税农商店铁桥河湖岸船飞站校园馆图演剧歌球赛赢败夫妻父母孩男友爱找吃穿买卖写读讲请帮"
    "助存款银房屋土石木材油煤矿厂质验研究技专责标准测试检查案罪犯律诉判察击杀伤亡害武器英俄苏"
    "韩台港澳湾沙欧洲亚阿巴印州际米斤吨元角左右继续除修复双另层首致消未失精终仍易故需整注构速"
    "引段算参局落足尽红花黄青黑绿风雨雪温热冷深低古初断造史型备越谁句语言字词乎刚拿哪跟呢吧啊"
    "吗您离似黎留推息待显志随包况陈历采养群按密底令值乡镇街巷族围优良调"
)
_TRADITIONAL = (
    "這個們來爲國說時會對於過發後裏種經麼學現當沒動還進樣開從實軍無與長機關點業將兩間問並應戰"
    "頭體見產話內給門兒東聲員論處義幾認條氣題爾別變總電數報結務場計資許統區隊決馬書則聽卻達強"
    "難權設記類據邊張該規萬覺術領確傳師觀讓識帶導爭運筆縣黨議組織線滿連轉親華單辦團級車億號衛"
    "醫護災項遠選聯籤協約談稱響減價錢費稅農鐵橋飛園館圖劇賽贏敗愛喫買賣寫讀講請幫銀礦廠質驗專"
    "責標準測試檢訴擊殺傷蘇韓臺灣歐亞際噸繼續復雙層終構參盡紅黃綠風溫熱斷備誰語詞剛嗎離顯隨況"
    "陳歷採養羣鄉鎮圍優調為著裡説衞"
)
FREQUENT = frozenset(_SIMPLIFIED + _TRADITIONAL)

_PUNCTUATION = "，。、；：？！“”‘’（）《》〈〉—…·「」『』【】〔〕・ー々％－～\u3000"
_LATIN = "".join(map(chr, range(0xC0, 0x100))) + "–«»°£€§©®"
# The rows that the standards fill with common characters.
_LEVELS = (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6), ("euc_jp", 0xB0, 0xCF))
_FORBIDDEN = {"Co", "Cn", "Cs"}  # private use, not assigned, half a pair of surrogates


def log_likelihood(counts: dict[str, int]) -> float:
    """Natural logarithm of the probability of the characters counted; -inf for impossible ones."""
    return sum(count * _log_probability(character) for character, count in counts.items())


def everyday(character: str) -> bool:
    """Whether a character beyond ASCII is one of the many thousand in everyday use."""
    return character in _everyday()


@cache
def _everyday() -> dict[str, float]:
    """Log-probability of every everyday character; the shares (first numbers) sum to below 1."""
    groups = (
        (0.06, "".join(_listed("euc_kr", 0xB0, 0xC8))),
        (0.12, "".join(set().union(*(_listed(*level) for level in _LEVELS)))),
        (0.02, _LATIN + "".join(map(chr, range(0xFF10, 0xFF5B)))),
        (0.06, "".join(map(chr, [*range(0x3041, 0x3097), *range(0x30A1, 0x30FB)]))),
        (0.35, "".join(FREQUENT)),
        (0.08, _PUNCTUATION),
    )
    table = {}
    for share, characters in groups:
        table.update(dict.fromkeys(characters, math.log(share / len(characters))))
    return table


def _listed(encoding: str, first: int, last: int) -> set[str]:
    """Han characters and Korean syllables of the rows `first` to `last` of a standard."""
    found = set()
    for lead in range(first, last + 1):
        for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)):
            try:
                found.add(bytes((lead, trail)).decode(encoding))
            except UnicodeDecodeError:  # a gap in the standard's table
                continue
    return {c for c in found if len(c) == 1 and ("一" <= c <= "鿿" or "가" <= c <= "힣")}


@cache
def _log_probability(character: str) -> float:
    if character in "\t\n\r\f" or " " <= character <= "~":
        return math.log(0.25 / 100)
    if character in _everyday():
        return _everyday()[character]
    if unicodedata.category(character) in _FORBIDDEN or "\x80" <= character <= "\x9f":
        return -math.inf
    if "一" <= character <= "鿿":
        return math.log(0.002 / 15_000)
    return math.log(1e-9 if character < " " else 1e-7)
