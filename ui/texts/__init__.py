"""What the chat says in its own voice, in the reader's language."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Texts:
    """All strings of one language; `{…}` are filled in by whoever shows them."""

    code: str
    tagline: str
    by_quotation: str
    by_reader: str
    holdings: str
    placeholder: str
    invitation: str
    sources: str
    no_sources: str
    nearest: str
    others: str
    also: str
    page: str
    day: str  # of a date without a year
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
    understood: str
    verbatim: str
    edit: str
    editing: str
    cancel: str
    in_article: str
    title: str
    limited: str
    only_articles: str
    limits: str
    lift: str
    ahead: str
    queue_full: str
    try_wider: str
    try_other_words: str
    try_more_articles: str
    new_chat: str
    articles: str
    chats: str
    models: str
    language: str
    dark: str
    log_out: str
    skip: str
    talk: str
    older: str
    newest: str
    close: str
    ask_label: str
    send: str
    stop: str
    unreachable: str
    gone: str
    answered: str
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
    by_quotation="quotation",
    by_reader="the bundled reader",
    holdings="{articles}",
    placeholder="Ask about the articles…",
    invitation="What would you like to know?",
    sources="Sources",
    no_sources="The paragraphs behind an answer appear here, each with the words it is cited for.",
    nearest="Nearest paragraphs",
    others="Also found ({count})",
    also="Also in {places}",
    page="p. {page}",
    day="{day} {month}",
    copy="Copy with sources",
    copied="Copied",
    retry="Ask again",
    searching="Looking through the articles…",
    reading="Reading {count} paragraphs…",
    stopped="Stopped.",
    busy="Too many questions are waiting. Try again in {seconds} s.",
    failed="Something went wrong here. Ask again; details are in the program's log.",
    quote="“{words}”",
    doubt="{label}: {reasons}",
    between="; ",
    reported="Given by several articles:",
    withdrawn="Taken out, not in the source: {count} of the model’s sentences",
    understood="Understood as: ",
    verbatim="Ask it as typed",
    edit="Edit",
    editing="Editing an earlier question: it and all that follows it will be asked anew.",
    cancel="Cancel",
    in_article="Read in the article",
    title="{title}",
    limited="Only: {limits}",
    only_articles="articles chosen: {count}",
    limits="Limits",
    lift="Lift this limit",
    ahead="Questions before yours: {count}…",
    queue_full="Too many questions wait already. Ask again in a moment.",
    try_wider="Try wider limits, or lift them above the question box.",
    try_other_words="Try other words, a name or a date as a newspaper prints it, or look at the "
    "nearest paragraphs.",
    try_more_articles="There is nothing to search yet: add articles first.",
    new_chat="New",
    articles="Articles",
    chats="History",
    models="Model",
    language="Language",
    dark="Dark",
    log_out="Log out",
    skip="Skip to the question box",
    talk="Conversation",
    older="Sources of question {number}",
    newest="Back to the newest",
    close="Close",
    ask_label="Question",
    send="Send",
    stop="Stop",
    unreachable="The server cannot be reached. Is it still running?",
    gone="This conversation is no longer there.",
    answered="The answer is there.",
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
    by_quotation="摘录原文",
    by_reader="内置阅读模型",
    holdings="{articles} 篇",
    placeholder="就这些文章提问……",
    invitation="想查什么？",
    sources="来源",
    no_sources="回答所依据的段落会列在这里，并标出被引用的原文。",
    nearest="最接近的段落",
    others="其他检索到的段落（{count}）",
    also="另见：{places}",
    page="第 {page} 页",
    day="{month}月{day}日",
    copy="复制（附来源）",
    copied="已复制",
    retry="重新回答",
    searching="正在检索文章……",
    reading="正在阅读 {count} 个段落……",
    stopped="已停止。",
    busy="排队的问题太多。请在 {seconds} 秒后再试。",
    failed="这里出了问题。请重新提问；详情见程序日志。",
    quote="“{words}”",
    doubt="{label}：{reasons}",
    between="；",
    reported="各篇文章所载：",
    withdrawn="模型所写有 {count} 句未获原文支持，已撤下",
    understood="理解为：",
    verbatim="按原话问",
    edit="编辑",
    editing="正在修改前面的问题：它和它后面的问答会被替换。",
    cancel="取消",
    in_article="在文章中查看",
    title="《{title}》",
    limited="限于：{limits}",
    only_articles="{count} 篇文章",
    limits="范围",
    lift="去掉这个范围",
    ahead="前面还有 {count} 个问题……",
    queue_full="排队的问题太多，请稍后再问。",
    try_wider="可以放宽范围，或在提问框上方去掉范围。",
    try_other_words="可以换个说法，或写出报上会用的名称、日期；也可以看看最接近的段落。",
    try_more_articles="还没有可检索的文章，请先添加文章。",
    new_chat="新对话",
    articles="文章",
    chats="历史",
    models="模型",
    language="语言",
    dark="深色",
    log_out="退出",
    skip="跳到提问框",
    talk="对话",
    older="第 {number} 问的来源",
    newest="回到最新",
    close="关闭",
    ask_label="问题",
    send="发送",
    stop="停止",
    unreachable="连不上服务。它还在运行吗？",
    gone="这段对话已经不在了。",
    answered="回答已完成。",
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
    by_quotation="摘錄原文",
    by_reader="內建閱讀模型",
    holdings="{articles} 篇",
    placeholder="就這些文章提問……",
    invitation="想查什麼？",
    sources="來源",
    no_sources="回答所依據的段落會列在這裡，並標出被引用的原文。",
    nearest="最接近的段落",
    others="其他檢索到的段落（{count}）",
    also="另見：{places}",
    page="第 {page} 頁",
    day="{month}月{day}日",
    copy="複製（附來源）",
    copied="已複製",
    retry="重新回答",
    searching="正在檢索文章……",
    reading="正在閱讀 {count} 個段落……",
    stopped="已停止。",
    busy="排隊的問題太多。請在 {seconds} 秒後再試。",
    failed="這裡出了問題。請重新提問；詳情見程式記錄。",
    quote="「{words}」",
    doubt="{label}：{reasons}",
    between="；",
    reported="各篇文章所載：",
    withdrawn="模型所寫有 {count} 句未獲原文支持，已撤下",
    understood="理解為：",
    verbatim="照原話問",
    edit="編輯",
    editing="正在修改前面的問題：它和它後面的問答會被取代。",
    cancel="取消",
    in_article="在文章中查看",
    title="《{title}》",
    limited="限於：{limits}",
    only_articles="{count} 篇文章",
    limits="範圍",
    lift="去掉這個範圍",
    ahead="前面還有 {count} 個問題……",
    queue_full="排隊的問題太多，請稍後再問。",
    try_wider="可以放寬範圍，或在提問框上方去掉範圍。",
    try_other_words="可以換個說法，或寫出報上會用的名稱、日期；也可以看看最接近的段落。",
    try_more_articles="還沒有可檢索的文章，請先加入文章。",
    new_chat="新對話",
    articles="文章",
    chats="歷史",
    models="模型",
    language="語言",
    dark="深色",
    log_out="登出",
    skip="跳到提問框",
    talk="對話",
    older="第 {number} 問的來源",
    newest="回到最新",
    close="關閉",
    ask_label="問題",
    send="傳送",
    stop="停止",
    unreachable="連不上服務。它還在執行嗎？",
    gone="這段對話已經不在了。",
    answered="回答已完成。",
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
