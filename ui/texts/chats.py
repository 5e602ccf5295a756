"""What the chats room says: history, feedback, and what is taken along."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ChatsTexts:
    """All strings of one language; `{…}` are filled in by whoever shows them."""

    code: str
    title: str
    close: str
    search: str
    none: str  # no chat yet
    found_none: str
    questions: str  # {count}
    one_question: str
    current: str
    rename: str
    new_title: str
    rename_done: str
    cancel: str
    delete: str
    deleted: str  # {title}
    undo: str
    keep: str
    kept_where: str
    kept_not: str
    kept_never: str
    clear: str
    clear_sure: str
    clear_done: str
    cleared: str  # {count}
    export: str
    export_what: str
    form: str
    forms: dict[str, str]
    references_as: str
    styles: dict[str, str]
    download: str
    print: str
    nothing_asked: str
    rate: str
    rate_title: str
    about: str
    whole: str
    verdicts: dict[str, str]
    note: str
    note_hint: str
    where_sent: str
    send: str
    take_back: str
    sent: str
    taken_back: str
    sent_before: str  # {verdict}
    choose_first: str
    # errors
    no_cookie: str
    no_chat: str
    no_undo: str
    no_title: str
    no_answer: str
    no_verdict: str
    long_note: str  # {most}
    not_here: str
    failed: str
    # what is taken along
    asked_on: str  # {day}
    understood: str  # {question}
    unchecked: str
    withdrawn: str  # {count}
    reported: str
    quoted: str
    references: str
    page: str
    file: str
    heading: str  # {number}
    colon: str
    comma: str
    made_by: str


_FORMS = {"md": "Markdown", "html": "HTML", "json": "JSON"}

EN = ChatsTexts(
    code="en",
    title="History",
    close="Close",
    search="Search questions and answers",
    none="Nothing has been asked yet.",
    found_none="No chat has these words.",
    questions="{count} questions",
    one_question="1 question",
    current="Open now",
    rename="Rename",
    new_title="New title",
    rename_done="Save",
    cancel="Cancel",
    delete="Delete",
    deleted="“{title}” was deleted.",
    undo="Undo",
    keep="Keep history",
    kept_where="Kept on the computer that runs Yinzheng, and nowhere else.",
    kept_not="New chats are forgotten when Yinzheng is restarted. Those kept so far remain.",
    kept_never="This Yinzheng keeps no history: chats are forgotten when it is restarted.",
    clear="Delete all",
    clear_sure="Delete all chats? This cannot be undone. Feedback you have sent remains.",
    clear_done="Delete all",
    cleared="Chats deleted: {count}",
    export="Take this chat along",
    export_what="Questions, answers and the paragraphs they rest on",
    form="Format",
    forms=_FORMS,
    references_as="References",
    styles={"gbt7714": "GB/T 7714-2015", "plain": "Plain"},
    download="Download",
    print="Print",
    nothing_asked="Ask something first.",
    rate="Is this right?",
    rate_title="Your verdict on this answer",
    about="About",
    whole="The whole answer",
    verdicts={"right": "Right", "wrong": "Wrong", "citation_wrong": "Wrong source"},
    note="Note (optional)",
    note_hint="What should it say? Where does it stand?",
    where_sent="Stays on the computer that runs Yinzheng, with the question and the answer; "
    "whoever runs it can read it.",
    send="Send",
    take_back="Take back",
    sent="Thank you. Your verdict was kept.",
    taken_back="Your verdict was taken back.",
    sent_before="You said: {verdict}",
    choose_first="Choose one of the three first.",
    no_cookie="This needs cookies: they tell your chats from those of others. "
    "Allow cookies for this page and load it again.",
    no_chat="This chat is not here any more.",
    no_undo="This can no longer be undone.",
    no_title="Write a few words as a title.",
    no_answer="There is no answer to judge here.",
    no_verdict="Choose right, wrong or wrong source.",
    long_note="The note is too long; at most {most} characters.",
    not_here="This is switched off here.",
    failed="The history cannot be used just now. Details are in the program’s log.",
    asked_on="Asked on {day}",
    understood="Understood as: {question}",
    unchecked="Not checked",
    withdrawn="Taken out, not in the source: {count} of the model’s sentences",
    reported="Given by several articles",
    quoted="Cited paragraphs",
    references="References",
    page="p. {page}",
    file="File",
    heading="Question {number}",
    colon=": ",
    comma=", ",
    made_by="Made with Yinzheng 引证. Marked words are cited word for word.",
)

ZH_CN = ChatsTexts(
    code="zh-CN",
    title="历史",
    close="关闭",
    search="搜索问题和回答",
    none="还没有提过问题。",
    found_none="没有包含这些词的对话。",
    questions="{count} 个问题",
    one_question="1 个问题",
    current="当前对话",
    rename="重命名",
    new_title="新标题",
    rename_done="保存",
    cancel="取消",
    delete="删除",
    deleted="已删除“{title}”。",
    undo="撤销",
    keep="保存历史",
    kept_where="只保存在运行引证的这台电脑上，不会传到别处。",
    kept_not="新的对话在引证重启后不再保留；此前保存的仍在。",
    kept_never="这里的引证不保存历史：重启后对话不再保留。",
    clear="清除全部",
    clear_sure="清除全部对话？此操作无法撤销。已提交的评价会保留。",
    clear_done="清除全部",
    cleared="已清除 {count} 个对话",
    export="导出当前对话",
    export_what="包括问题、回答和所依据的段落",
    form="格式",
    forms=_FORMS,
    references_as="参考文献",
    styles={"gbt7714": "GB/T 7714-2015", "plain": "简明"},
    download="下载",
    print="打印",
    nothing_asked="请先提一个问题。",
    rate="评价这个回答",
    rate_title="您对这个回答的评价",
    about="针对",
    whole="整个回答",
    verdicts={"right": "正确", "wrong": "有误", "citation_wrong": "出处不对"},
    note="说明（可不填）",
    note_hint="应该怎么写？出自哪里？",
    where_sent="评价连同问题和回答保存在运行引证的电脑上，管理者可以查看。",
    send="提交",
    take_back="撤回",
    sent="谢谢，评价已保存。",
    taken_back="评价已撤回。",
    sent_before="您的评价：{verdict}",
    choose_first="请先在三项中选一项。",
    no_cookie="此功能需要 Cookie，用来区分各人的对话。请允许本页使用 Cookie 后重新打开。",
    no_chat="这个对话已经不在了。",
    no_undo="已经无法撤销。",
    no_title="请写几个字作标题。",
    no_answer="这里没有可评价的回答。",
    no_verdict="请选择正确、有误或出处不对。",
    long_note="说明太长，最多 {most} 字。",
    not_here="此功能在这里已关闭。",
    failed="历史暂时无法使用，详情见程序日志。",
    asked_on="提问于 {day}",
    understood="理解为：{question}",
    unchecked="未核对",
    withdrawn="模型所写有 {count} 句未获原文支持，已撤下",
    reported="各篇文章所载",
    quoted="引用的段落",
    references="参考文献",
    page="第 {page} 页",
    file="文件",
    heading="问题 {number}",
    colon="：",
    comma="，",
    made_by="由引证 Yinzheng 生成。标出的文字逐字引自原文。",
)

ZH_TW = ChatsTexts(
    code="zh-TW",
    title="紀錄",
    close="關閉",
    search="搜尋問題和回答",
    none="還沒有提過問題。",
    found_none="沒有包含這些詞的對話。",
    questions="{count} 個問題",
    one_question="1 個問題",
    current="目前對話",
    rename="重新命名",
    new_title="新標題",
    rename_done="儲存",
    cancel="取消",
    delete="刪除",
    deleted="已刪除「{title}」。",
    undo="復原",
    keep="保留紀錄",
    kept_where="只存在執行引證的這台電腦上，不會傳到別處。",
    kept_not="新的對話在引證重新啟動後不再保留；先前保留的仍在。",
    kept_never="這裡的引證不保留紀錄：重新啟動後對話不再保留。",
    clear="全部清除",
    clear_sure="清除全部對話？此動作無法復原。已送出的評價會保留。",
    clear_done="全部清除",
    cleared="已清除 {count} 個對話",
    export="匯出目前對話",
    export_what="包括問題、回答和所依據的段落",
    form="格式",
    forms=_FORMS,
    references_as="參考文獻",
    styles={"gbt7714": "GB/T 7714-2015", "plain": "簡明"},
    download="下載",
    print="列印",
    nothing_asked="請先提一個問題。",
    rate="評價這個回答",
    rate_title="您對這個回答的評價",
    about="針對",
    whole="整個回答",
    verdicts={"right": "正確", "wrong": "有誤", "citation_wrong": "出處不對"},
    note="說明（可不填）",
    note_hint="應該怎麼寫？出自哪裡？",
    where_sent="評價連同問題和回答存在執行引證的電腦上，管理者可以查看。",
    send="送出",
    take_back="收回",
    sent="謝謝，評價已儲存。",
    taken_back="評價已收回。",
    sent_before="您的評價：{verdict}",
    choose_first="請先在三項中選一項。",
    no_cookie="此功能需要 Cookie，用來區分各人的對話。請允許本頁使用 Cookie 後重新開啟。",
    no_chat="這個對話已經不在了。",
    no_undo="已經無法復原。",
    no_title="請寫幾個字作標題。",
    no_answer="這裡沒有可評價的回答。",
    no_verdict="請選擇正確、有誤或出處不對。",
    long_note="說明太長，最多 {most} 字。",
    not_here="此功能在這裡已關閉。",
    failed="紀錄暫時無法使用，詳情見程式記錄。",
    asked_on="提問於 {day}",
    understood="理解為：{question}",
    unchecked="未核對",
    withdrawn="模型所寫有 {count} 句未獲原文支持，已撤下",
    reported="各篇文章所載",
    quoted="引用的段落",
    references="參考文獻",
    page="第 {page} 頁",
    file="檔案",
    heading="問題 {number}",
    colon="：",
    comma="，",
    made_by="由引證 Yinzheng 產生。標出的文字逐字引自原文。",
)

CHATS: dict[str, ChatsTexts] = {texts.code: texts for texts in (EN, ZH_CN, ZH_TW)}
