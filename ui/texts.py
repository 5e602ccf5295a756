"""What the chat says in its own voice, in the reader's language."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Texts:
    """All strings of one language; `{…}` are filled in by whoever shows them."""

    code: str
    tagline: str
    by_quotation: str
    by_model: str
    holdings: str
    placeholder: str
    invitation: str
    sources: str
    no_sources: str
    nearest: str
    others: str
    around: str
    also: str
    page: str
    day: str  # of a date without a year
    back: str
    copy: str
    copied: str
    retry: str
    searching: str
    reading: str
    stopped: str
    failed: str
    busy: str
    quote: str
    doubt: str
    between: str
    withdrawn: str
    reported: str
    support: dict[str, str]
    reasons: dict[str, str] = field(default_factory=dict)

    def reason(self, reason: str) -> str:
        """A reason of the support check in this language, or as it is when it is a new one."""
        for pattern, text in self.reasons.items():
            match = re.fullmatch(pattern, reason, re.DOTALL)
            if match:
                return text.format(*match.groups())
        return reason


EN = Texts(
    code="en",
    tagline="Every sentence shows the paragraph that proves it",
    by_quotation="answers by quoting the articles",
    by_model="answers written by {name}, on this computer",
    holdings="{articles} articles, {paragraphs} paragraphs",
    placeholder="Ask about the articles…",
    invitation="What would you like to know?",
    sources="Sources",
    no_sources="The paragraphs behind an answer appear here, each with the words it is cited for.",
    nearest="Nearest paragraphs",
    others="Also found ({count})",
    around="Read around it",
    also="Also in {places}",
    page="p. {page}",
    day="{day} {month}",
    back="Back to the answer",
    copy="Copy with sources",
    copied="Copied",
    retry="Ask again",
    searching="Looking through the articles…",
    reading="Reading {count} paragraphs…",
    stopped="Stopped.",
    busy="Too many questions are waiting. Try again in {seconds} s.",
    failed="Something went wrong here. Ask again; details are in the program's log.",
    quote="{title}: “{words}”",
    doubt="{label}: {reasons}",
    between="; ",
    reported="Given by several articles:",
    withdrawn="Taken out, not in the source: {count} of the model’s sentences",
    support={
        "partial": "Only partly in the source",
        "unsupported": "Not in the source",
        "unknown": "Not checked",
    },
    reasons={
        "cites no paragraph": "no paragraph is cited",
        r"(\S+) of its words stand in the source": "{0} of the words",
        "hardly any of its words stand in the source(?:: not checked)?": "hardly any of the words",
        "worded differently from the source: not checked": "worded differently from the source",
        "in another language than the source: .*": "another language: figures and dates only",
        "so long that only its beginning was checked": "long: only its beginning is checked",
        "number not in the source: (.*)": "the number {0}",
        r"date not in the source: (?:\?-)?(.*)": "the date {0}",
        "time not in the source: (.*)": "the time {0}",
        "quotation not in the source: (.*)": "the words “{0}”",
        "name not in the source: (.*)": "the name {0}",
        "not in the source: “(.*)”": "the words “{0}”",
        "“(.*)” where the source has “(.*)”": "“{0}”, but in the source “{1}”",
        "“(.*)” denies what the source says": "“{0}” denies what the source says",
        "leaves out “(.*)” of the source": "the source adds “{0}”",
        "“(.*)” and “(.*)” changed places": "“{0}” and “{1}” changed places",
        "follows from the source, according to (.*)": "follows from the source, according to {0}",
        "contradicts the source, according to (.*)": "contradicts the source, according to {0}",
        "the source neither .*, according to (.*)": "neither said nor denied, according to {0}",
        "not judged: .*": "not judged",
    },
)

ZH_CN = Texts(
    code="zh-CN",
    tagline="每句话都指向能证明它的段落",
    by_quotation="摘录原文作答",
    by_model="由本机模型 {name} 作答",
    holdings="{articles} 篇文章，{paragraphs} 个段落",
    placeholder="就这些文章提问……",
    invitation="想查什么？",
    sources="来源",
    no_sources="回答所依据的段落会列在这里，并标出被引用的原文。",
    nearest="最接近的段落",
    others="其他检索到的段落（{count}）",
    around="看前后文",
    also="另见：{places}",
    page="第 {page} 页",
    day="{month}月{day}日",
    back="回到回答",
    copy="复制（附来源）",
    copied="已复制",
    retry="重新回答",
    searching="正在检索文章……",
    reading="正在阅读 {count} 个段落……",
    stopped="已停止。",
    busy="排队的问题太多。请在 {seconds} 秒后再试。",
    failed="这里出了问题。请重新提问；详情见程序日志。",
    quote="《{title}》：“{words}”",
    doubt="{label}：{reasons}",
    between="；",
    reported="各篇文章所载：",
    withdrawn="模型所写有 {count} 句未获原文支持，已撤下",
    support={"partial": "原文只部分支持", "unsupported": "原文中没有", "unknown": "未核对"},
    reasons={
        "cites no paragraph": "没有引用段落",
        r"(\S+) of its words stand in the source": "{0} 的用词见于原文",
        "hardly any of its words stand in the source(?:: not checked)?": "用词几乎不见于原文",
        "worded differently from the source: not checked": "措辞与原文不同",
        "in another language than the source: .*": "与原文语言不同，只核对了数字和日期",
        "so long that only its beginning was checked": "句子太长，只核对了开头",
        "number not in the source: (.*)": "数字 {0}",
        r"date not in the source: (?:\?-)?(.*)": "日期 {0}",
        "time not in the source: (.*)": "时间 {0}",
        "quotation not in the source: (.*)": "引语“{0}”",
        "name not in the source: (.*)": "名称 {0}",
        "not in the source: “(.*)”": "“{0}”",
        "“(.*)” where the source has “(.*)”": "写作“{0}”，原文是“{1}”",
        "“(.*)” denies what the source says": "“{0}”与原文相反",
        "leaves out “(.*)” of the source": "漏掉了原文的“{0}”",
        "“(.*)” and “(.*)” changed places": "“{0}”与“{1}”对调",
        "follows from the source, according to (.*)": "{0} 认为可由原文得出",
        "contradicts the source, according to (.*)": "{0} 认为与原文矛盾",
        "the source neither .*, according to (.*)": "{0} 认为原文没有说明",
        "not judged: .*": "未经判断",
    },
)

ZH_TW = Texts(
    code="zh-TW",
    tagline="每句話都指向能證明它的段落",
    by_quotation="摘錄原文作答",
    by_model="由本機模型 {name} 作答",
    holdings="{articles} 篇文章，{paragraphs} 個段落",
    placeholder="就這些文章提問……",
    invitation="想查什麼？",
    sources="來源",
    no_sources="回答所依據的段落會列在這裡，並標出被引用的原文。",
    nearest="最接近的段落",
    others="其他檢索到的段落（{count}）",
    around="看前後文",
    also="另見：{places}",
    page="第 {page} 頁",
    day="{month}月{day}日",
    back="回到回答",
    copy="複製（附來源）",
    copied="已複製",
    retry="重新回答",
    searching="正在檢索文章……",
    reading="正在閱讀 {count} 個段落……",
    stopped="已停止。",
    busy="排隊的問題太多。請在 {seconds} 秒後再試。",
    failed="這裡出了問題。請重新提問；詳情見程式記錄。",
    quote="《{title}》：「{words}」",
    doubt="{label}：{reasons}",
    between="；",
    reported="各篇文章所載：",
    withdrawn="模型所寫有 {count} 句未獲原文支持，已撤下",
    support={"partial": "原文只部分支持", "unsupported": "原文中沒有", "unknown": "未核對"},
    reasons={
        "cites no paragraph": "沒有引用段落",
        r"(\S+) of its words stand in the source": "{0} 的用詞見於原文",
        "hardly any of its words stand in the source(?:: not checked)?": "用詞幾乎不見於原文",
        "worded differently from the source: not checked": "措辭與原文不同",
        "in another language than the source: .*": "與原文語言不同，只核對了數字和日期",
        "so long that only its beginning was checked": "句子太長，只核對了開頭",
        "number not in the source: (.*)": "數字 {0}",
        r"date not in the source: (?:\?-)?(.*)": "日期 {0}",
        "time not in the source: (.*)": "時間 {0}",
        "quotation not in the source: (.*)": "引語「{0}」",
        "name not in the source: (.*)": "名稱 {0}",
        "not in the source: “(.*)”": "「{0}」",
        "“(.*)” where the source has “(.*)”": "寫作「{0}」，原文是「{1}」",
        "“(.*)” denies what the source says": "「{0}」與原文相反",
        "leaves out “(.*)” of the source": "漏掉了原文的「{0}」",
        "“(.*)” and “(.*)” changed places": "「{0}」與「{1}」對調",
        "follows from the source, according to (.*)": "{0} 認為可由原文得出",
        "contradicts the source, according to (.*)": "{0} 認為與原文矛盾",
        "the source neither .*, according to (.*)": "{0} 認為原文沒有說明",
        "not judged: .*": "未經判斷",
    },
)


ALL = (EN, ZH_CN, ZH_TW)


def texts_for(accept_language: str) -> Texts:
    """The texts for a browser's Accept-Language header: its first language that we speak."""
    for part in accept_language.lower().split(","):
        tag = part.split(";")[0].strip()
        if tag.startswith("zh"):
            traditional = any(mark in tag for mark in ("hant", "-tw", "-hk", "-mo"))
            return ZH_TW if traditional else ZH_CN
        if tag.startswith("en"):
            return EN
    return EN
