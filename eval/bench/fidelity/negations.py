"""Negations put in and taken out: a pattern, and what stands in its place, by language.

Only words after which the sentence stays grammatical are touched. Chinese rules are written in
simplified characters and used in both scripts.
"""

Negations = dict[str, tuple[tuple[str, str], ...]]

_DONE = (  # Chinese verbs that take 没有
    "成为|获得|参加|进入|使用|采用|出现|得到|取得|受到|接受|完成|建立|加入|发生|造成|影响|发现|达到|通过|"
    "提出|发行|推出|担任|赢得|击败|返回|离开|改变|引起|支持|出版"
)
_STATES = (  # and those that take 不
    "可以|能够|应该|属于|位于|包括|具有|拥有|认为|需要|允许|希望|存在|适合|同意|愿意|喜欢"
)
_ENGLISH = "is|are|was|were|can|could|will|would|should|must|did|does"
_SPANISH = (
    "es|son|fue|fueron|era|eran|está|están|estaba|ha|han|había|habían|tiene|tienen|tenía|puede|"
    "pueden|podía|podían|permite|permiten|existe|existen|incluye|incluyen|hay"
)
_SPANISH_ENDINGS = "a|an|e|en|ó|aron|ieron|ía|ían|aba|aban"
_RUSSIAN = (
    "был|была|было|были|является|являются|может|могут|имеет|имеют|имел|имела|стал|стала|стало|"
    "стали|находится|находятся|получил|получила|получили|включает|включают|использует|позволяет|"
    "существует|состоит|начал|начала|начали|мог|могла|могли|будет|будут"
)
_REFLEXIVE = "лся|лась|лось|лись|ется|ются|ится|ятся"

ADDED: Negations = {
    "zh": (
        (
            r"(?<![但于还只若就可总而凡正更或不像算乃都要也便老国硕])是(?!否|非|因|由|以|在|的)",
            "不是",
        ),
        (rf"(?<![不复])({_STATES})", r"不\1"),
        (rf"(?<![没不未所被而])({_DONE})(?!者|率|力|量|的)", r"没有\1"),
        (r"(?<=[，。们他她它])有(?!关|效|限|些|的|时|名|着|一定|所)", "没有"),
    ),
    "ja": (
        (r"である(?=。?$)", "ではない"),
        (r"(?:であった|だった)(?=。?$)", "ではなかった"),
        (r"(?<=[一-龥]{2}し)た(?=。?$)", "なかった"),
        (r"(?<=[れせ])た(?=。?$)", "なかった"),
        (r"(?<=[てで]い)る(?=。?$)", "ない"),
        (r"(?<=[てで]い)た(?=。?$)", "なかった"),
        (r"(?<=[一-龥]{2})する(?=。?$)", "しない"),
        (r"(?<=[れせべ])る(?=。?$)", "ない"),
        (r"がある(?=。?$)", "がない"),
        (r"があった(?=。?$)", "がなかった"),
        (r"(?<=[にとくう]な)った(?=。?$)", "らなかった"),
        (r"できる(?=。?$)", "できない"),
        (r"(?<=行)った(?=。?$)", "わなかった"),
    ),
    "en": (
        (rf"\b({_ENGLISH})\b(?! not\b|n['’]t| no\b| never\b)(?=[ ,])", r"\1 not"),
        (r"\b(has|have|had) (?=been\b|become\b|\w+ed\b)", r"\1 not "),
    ),
    "es": (
        (rf"(?<!\bno )(?<!\bNo )(?<!\bse )(?<!\bl[eoa] )(?<!\bles )\b({_SPANISH})\b", r"no \1"),
        (rf"(?<!\bno )\bse (?=[a-záéíóúñ]+(?:{_SPANISH_ENDINGS})\b)", "no se "),
    ),
    "ru": (
        (rf"(?<!\bне )\b({_RUSSIAN})\b", r"не \1"),
        (rf"(?<!\bне )\b([а-я]{{3,}}(?:{_REFLEXIVE}))\b", r"не \1"),
    ),
}
REMOVED: Negations = {
    "zh": (
        (r"(?<![若岂无])不是", "是"),
        (rf"(?:没有|并未|尚未|从未|未)({_DONE})", r"\1"),
        (rf"不({_STATES})", r"\1"),
        (r"(?<![如若从])没有(?=[^，。]{2})", "有"),
        (r"无法", "能够"),
        (r"未能", "成功"),
        (r"不能(?!不)", "能"),
        (r"(?<!只)不会(?!不)", "会"),
        (r"并不(?=[^，。是])", ""),
    ),
    "ja": (
        (r"(?:ではない|でない)(?=。?$)", "である"),
        (r"ではなかった(?=。?$)", "であった"),
        (r"(?<=[一-龥]{2}し)なかった(?=。?$)", "た"),
        (r"(?<=[れせいき])なかった(?=。?$)", "た"),
        (r"(?<=[れせべき])ない(?=。?$)", "る"),
        (r"(?<=[てで]い)ない(?=。?$)", "る"),
        (r"(?<=[一-龥]{2})しない(?=。?$)", "する"),
        (r"がない(?=。?$)", "がある"),
        (r"がなかった(?=。?$)", "があった"),
        (r"(?<=[にとくう]な)らない(?=。?$)", "る"),
    ),
    "en": (
        (r"(?<!whether )(?<!or )(?<!if )\bnot (?!only\b|just\b|least\b|any\b|to mention)", ""),
        (r"\b(is|are|was|were|did|does|do|has|have|had|could|would|should)n['’]t\b", r"\1"),
        (r"\bcannot\b|\bcan['’]t\b", "can"),
        (r"\bnever (?=\w+)", ""),
        (r"\bno longer\b", "still"),
        (r"\bunable to\b", "able to"),
    ),
    "es": (
        (rf"\b[Nn]o (?=(?:se|{_SPANISH}|pudo|hubo|requiere)\b)", ""),
        (r"\bnunca (?=\w+)", "siempre "),
    ),
    "ru": (
        (
            r"(?<!ли )(?<!никогда )\b[Нн]е (?=[а-я]{2,}(?:л|ла|ло|ли|ет|ют|ит|ят|"
            + _REFLEXIVE
            + r")\b)",
            "",
        ),
        (r"\bникогда не (?=\w+)", "всегда "),
    ),
}
