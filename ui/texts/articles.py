"""What the room of articles says, in every language of the chat."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ArticlesTexts:
    """All strings of one language; `{…}` are filled in by whoever shows them."""

    title: str
    close: str
    find: str
    find_hint: str
    since: str
    until: str
    date_hint: str
    source: str
    any_source: str
    order: str
    newest: str
    by_title: str
    apply: str
    reset: str
    wrong_date: str
    wrong_order: str
    all_of: str
    found: str
    none: str
    nothing_held: str
    more: str
    only: str
    only_of: str
    limited: str
    only_added: str
    too_many: str
    by_month: str
    page: str
    day: str  # of a date without a year: month and day as numbers
    adding: str
    drop: str
    choose: str
    choose_folder: str
    kinds: str
    uploading: str
    progress: str
    stages: dict[str, str]
    of: str
    cancel: str
    cancelled: str
    stopping: str
    waiting: str
    add_waiting: str
    discard: str
    discarded: str
    other_kinds: str
    same: str
    replaces: str
    added: str
    added_none: str
    brought_back: str
    holds: str
    replaced: str
    left_out: str
    fault: str
    fault_line: str
    more_faults: str
    between: str
    remove: str
    remove_of: str
    removing: str
    removing_all: str
    stays: str
    keep: str
    removing_now: str
    removed: str
    undo: str
    undo_of: str
    for_good: str
    gone_for_good: str
    lately: str
    details: str
    unsent: str
    refusals: dict[str, str]
    reasons: dict[str, str] = field(default_factory=dict)

    def reason(self, reason: str) -> str:
        """Why a file or a record was left out, or the index's own words where they are new."""
        for pattern, text in self.reasons.items():
            match = re.fullmatch(pattern, reason, re.DOTALL)
            if match:
                return text.format(*match.groups())
        return reason


_EN = ArticlesTexts(
    title="Articles",
    close="Close",
    find="Find",
    find_hint="Words of a title, source or author",
    since="From",
    until="To",
    date_hint="2022, 2022-04 …",
    source="Source or folder",
    any_source="Any",
    order="Order",
    newest="Newest first",
    by_title="By title",
    apply="Ask only these",
    reset="Clear",
    wrong_date="“{value}” is not a date. Write 2022, 2022-04 or 2022-04-14.",
    wrong_order="The first date is later than the last.",
    all_of="Articles: {count}",
    found="Found: {count} of {all}",
    none="No article fits. Try fewer words or a wider span of dates.",
    nothing_held="There are no articles yet.",
    more="Show {count} more",
    only="Ask only this",
    only_of="Ask only “{title}”",
    limited="Your next questions look only in these articles.",
    only_added="Your next questions look only in “{title}”.",
    too_many=(
        "{count} articles were found by these words. Narrow the search to {most}, or clear the "
        "words and ask by dates and source alone."
    ),
    by_month="By year and month",
    page="p. {page}",
    day="{day} {month}",
    adding="Add articles",
    drop="Drop files or folders here, or",
    choose="choose files",
    choose_folder="choose a folder",
    kinds="{kinds}; at most {size} MB a file ({lists}: {most} MB)",
    uploading="Sending {name} ({number} of {count})",
    progress="Progress of adding",
    stages={
        "read": "Reading files",
        "embed": "Learning what the paragraphs say",
        "copy": "Writing the texts",
        "vectors": "Writing the index of meanings",
        "coarse": "Writing the index of meanings",
        "words": "Writing the index of words",
        "write": "Saving",
    },
    of="{stage}: {done} of {total}",
    cancel="Cancel",
    cancelled="Cancelled. The articles are as they were.",
    stopping="Stopping …",
    waiting="Uploaded files that are not added yet: {count}",
    add_waiting="Add them",
    discard="Discard them",
    discarded="Discarded.",
    other_kinds="Files of other kinds, not sent: {count}",
    same="{name} is here already, word for word.",
    replaces="{name} takes the place of the file of that name that was uploaded before.",
    added="Added. Files: {files}, articles in them: {articles}.",
    added_none="Nothing was added.",
    brought_back="Back again. Articles: {articles}.",
    holds="Articles in all: {total}.",
    replaced="In the place of files uploaded before: {names}",
    left_out="Left out:",
    fault="{source}: {reason}",
    fault_line="{source}, line {line}: {reason}",
    more_faults="… and {count} more",
    between=", ",
    remove="Remove",
    remove_of="Remove “{title}”",
    removing="Remove “{title}” from the articles?",
    removing_all="“{title}” is in the file {file}. Remove it with all its {count} articles?",
    stays=(
        "This can be undone. A file in a folder of yours stays there, and building the store anew "
        "from it brings its articles back."
    ),
    keep="Keep",
    removing_now="Removing …",
    removed="Removed {file}. Articles in it: {count}.",
    undo="Undo",
    undo_of="Bring back {file}",
    for_good="Remove all the same",
    gone_for_good="Removed {file} for good.",
    lately="Removed lately",
    details="Details",
    unsent="{name} could not be sent. Is the connection still there?",
    refusals={
        "off": "Articles are not changed here: whoever runs this chat has switched that off.",
        "name": "“{name}” cannot be the name of a file. Rename it and try again.",
        "kind": "{name} is none of the kinds that are read ({kinds}).",
        "empty": "{name} is empty.",
        "large": "{name} is too large: at most {size} MB. Split it into smaller files.",
        "much": "Too much waits to be added at once. Add or discard it first, then send the rest.",
        "full": "The disk of the server is full. Free some space there and try again.",
        "job": "The articles are being changed just now. Try again when that is done.",
        "nothing_waits": "There is no file to add. Send one first.",
        "too_late": "It is too late to stop this. You can remove the files when it is done.",
        "unknown": "It is no longer there. The list shows what is.",
        "no_way_back": (
            "{name} was changed or has gone since it was added, so that removing its articles "
            "could not be undone."
        ),
        "undone": "A file {name} is among the articles again. Remove that first.",
        "changed": "{name} was changed since, or has gone. Add it anew.",
        "taken": "Another file is called {name} now. Remove that first.",
        "dates": "These dates cannot be read. Write 2022, 2022-04 or 2022-04-14.",
        "failed": "Something went wrong. The articles are as they were; the log says more.",
        "store_busy": (
            "Another program is changing the articles just now. Wait until it is done, then try "
            "again."
        ),
        "mismatch": (
            "The articles were indexed by another embedder or version. Whoever runs this chat has "
            "to index them again: python -m index build PATH… --store FOLDER"
        ),
        "damaged": (
            "The store of articles is damaged. Whoever runs this chat can mend it: "
            "python -m index check --repair"
        ),
        "unwritable": (
            "The articles could not be saved. Is the disk full, or the folder not writable?"
        ),
        "unreadable": "The file can no longer be read.",
    },
)

_ZH_CN = ArticlesTexts(
    title="文章",
    close="关闭",
    find="查找",
    find_hint="标题、来源或作者中的词",
    since="起",
    until="止",
    date_hint="2022、2022-04……",
    source="来源或文件夹",
    any_source="不限",
    order="排列",
    newest="新的在前",
    by_title="按标题",
    apply="只问这些",
    reset="清除条件",
    wrong_date="“{value}”不是日期，请写成 2022、2022-04 或 2022-04-14。",
    wrong_order="起始日期晚于截止日期。",
    all_of="共 {count} 篇",
    found="找到 {count} 篇，共 {all} 篇",
    none="没有符合条件的文章。可以少写几个词，或放宽日期。",
    nothing_held="还没有文章。",
    more="再显示 {count} 篇",
    only="只问这篇",
    only_of="只问《{title}》",
    limited="接下来的问题只在这些文章中查找。",
    only_added="接下来的问题只在《{title}》中查找。",
    too_many=(
        "按这些词找到 {count} 篇，太多了。请缩小到 {most} 篇以内，或去掉查找词，"
        "只按日期和来源提问。"
    ),
    by_month="按年月",
    page="第 {page} 版",
    day="{month}月{day}日",
    adding="添加文章",
    drop="把文件或文件夹拖到这里，或",
    choose="选择文件",
    choose_folder="选择文件夹",
    kinds="{kinds}；每个文件不超过 {size} MB（{lists} 为 {most} MB）",
    uploading="正在上传 {name}（{number}/{count}）",
    progress="添加进度",
    stages={
        "read": "正在读取文件",
        "embed": "正在分析段落",
        "copy": "正在写入正文",
        "vectors": "正在写入语义索引",
        "coarse": "正在写入语义索引",
        "words": "正在写入词语索引",
        "write": "正在保存",
    },
    of="{stage}：{done}/{total}",
    cancel="取消",
    cancelled="已取消，文章没有变动。",
    stopping="正在停止……",
    waiting="有 {count} 个文件已上传，还没有添加",
    add_waiting="添加",
    discard="丢弃",
    discarded="已丢弃。",
    other_kinds="有 {count} 个其他类型的文件没有上传",
    same="{name} 已在文章中，内容相同。",
    replaces="{name} 将替换先前上传的同名文件。",
    added="已添加 {files} 个文件，{articles} 篇文章。",
    added_none="没有添加任何文章。",
    brought_back="已恢复 {articles} 篇文章。",
    holds="现共 {total} 篇。",
    replaced="替换了先前上传的同名文件：{names}",
    left_out="未收入：",
    fault="{source}：{reason}",
    fault_line="{source} 第 {line} 行：{reason}",
    more_faults="……另有 {count} 处",
    between="、",
    remove="移除",
    remove_of="移除《{title}》",
    removing="把《{title}》从文章中移除？",
    removing_all="《{title}》在文件 {file} 中。移除这个文件和其中全部 {count} 篇文章？",
    stays="可以撤销。您文件夹里的文件仍在原处；从那里重新建库，会再次收入。",
    keep="保留",
    removing_now="正在移除……",
    removed="已移除 {file}，共 {count} 篇。",
    undo="撤销",
    undo_of="恢复 {file}",
    for_good="仍然移除",
    gone_for_good="已移除 {file}，不可撤销。",
    lately="最近移除",
    details="详情",
    unsent="{name} 没有传成。网络还连着吗？",
    refusals={
        "off": "这里不能增减文章：运行者关闭了这项功能。",
        "name": "“{name}”不能用作文件名，请改名后再试。",
        "kind": "{name} 的类型不在可读之列（{kinds}）。",
        "empty": "{name} 是空文件。",
        "large": "{name} 太大，不能超过 {size} MB，请拆成小一些的文件。",
        "much": "等待添加的文件太多。请先添加或丢弃，再上传其余的。",
        "full": "服务器的磁盘已满，请腾出空间后再试。",
        "job": "文章正在变动，请等完成后再试。",
        "nothing_waits": "没有等待添加的文件，请先上传。",
        "too_late": "现在已经停不下来了。完成后可以再移除。",
        "unknown": "它已经不在了，请以列表为准。",
        "no_way_back": "{name} 收入之后有改动，或已不在原处，移除后无法撤销。",
        "undone": "{name} 又在文章中了，请先移除它。",
        "changed": "{name} 后来有改动，或已不在原处，请重新添加。",
        "taken": "现在另有文件叫 {name}，请先移除它。",
        "dates": "日期无法识别，请写成 2022、2022-04 或 2022-04-14。",
        "failed": "出了问题，文章没有变动；详情见程序日志。",
        "store_busy": "另一个程序正在改动文章，请等它完成后再试。",
        "mismatch": (
            "这些文章由另一个向量模型或版本建立了索引，需由运行者重新建立："
            "python -m index build 路径… --store 文件夹"
        ),
        "damaged": "文章库已损坏，运行者可以修复：python -m index check --repair",
        "unwritable": "文章没能保存。磁盘是否已满，或文件夹不可写？",
        "unreadable": "文件已无法读取。",
    },
    reasons={
        r"not one of the kinds read \((.*)\)": "不是可读的类型（{0}）",
        "is empty|holds no text|holds no record": "没有内容",
        r"has ([\d,]+) bytes, more than the limit of ([\d,]+).*": (
            "有 {0} 字节，超过上限 {1}，请拆成单篇"
        ),
        r"unpacks to ([\d,]+) bytes.*": "展开后有 {0} 字节，太大；请拆开，或去掉图片",
        r"cannot be read \((.*)\).*": "无法读取（{0}）",
        "holds pictures of text, but no text; .*": "是扫描图片，没有文字，请先做文字识别（OCR）",
        "its text is garbled; .*": "文字是乱码，请重新做文字识别（OCR）",
        "pages? (.*) ha(?:s|ve) no text, the rest was read; .*": (
            "第 {0} 页没有文字，其余已收入；可先做文字识别（OCR）"
        ),
        "is not a PDF file.*": "不是 PDF 文件，请改成正确的扩展名",
        "is encrypted; .*": "有密码保护，请另存为没有密码的文件",
        "is encrypted, or a .doc of an older Word.*": "有密码保护，或是旧版 .doc，请另存为 .docx",
        "is a damaged PDF file.*|is a damaged .docx file.*": "文件已损坏，请重新获取",
        "is not a Word document.*": "不是 Word 文档，请在文字处理软件中另存为 .docx",
        "no article text was found in it.*": "没有找到正文，请把正文另存为 .txt",
        "looks like a binary file.*": "不是文本文件",
        "is (.*) that ends in the middle of a character.*": "{0} 文件不完整，请重新复制",
        "is (.*), but byte (.*) is damaged.*": "是 {0} 文件，但第 {1} 字节处有损坏",
        "is not UTF-8, and (.*)": "编码无法确定，请转换成 UTF-8 后再试",
        "not a JSON object.*": "不是 JSON 对象；每行应是一篇文章",
        'no "text".*': "没有 “text”（正文）",
        '"(.*)" is (?:not|neither) .*': "“{0}” 的格式不对",
        "has no column with the articles; .*": "没有正文一列；首行须有一列叫 text 或 正文",
        "has two columns for (.*); keep .*": "有两列都是 {0}，请只留一列",
        "the row has (.*) fields and the first row (.*); put .*": "这一行有 {0} 栏，首行有 {1} 栏",
        r"the row cannot be read \((.*)\).*": "这一行无法读取，请检查引号",
        "date (.*) is not of the form .*": "日期 {0} 不是 年-月-日 的形式",
        "id (.*) stands on line (.*) already": "编号 {0} 已用于第 {1} 行",
        "id (.*) belongs to (.*) already": "编号 {0} 已属于另一个文件",
    },
)

_ZH_TW = ArticlesTexts(
    title="文章",
    close="關閉",
    find="查找",
    find_hint="標題、來源或作者中的詞",
    since="起",
    until="迄",
    date_hint="2022、2022-04……",
    source="來源或資料夾",
    any_source="不限",
    order="排列",
    newest="新的在前",
    by_title="依標題",
    apply="只問這些",
    reset="清除條件",
    wrong_date="「{value}」不是日期，請寫成 2022、2022-04 或 2022-04-14。",
    wrong_order="起始日期晚於截止日期。",
    all_of="共 {count} 篇",
    found="找到 {count} 篇，共 {all} 篇",
    none="沒有符合條件的文章。可以少寫幾個詞，或放寬日期。",
    nothing_held="還沒有文章。",
    more="再顯示 {count} 篇",
    only="只問這篇",
    only_of="只問《{title}》",
    limited="接下來的問題只在這些文章中查找。",
    only_added="接下來的問題只在《{title}》中查找。",
    too_many=(
        "依這些詞找到 {count} 篇，太多了。請縮小到 {most} 篇以內，或去掉查找詞，"
        "只依日期和來源提問。"
    ),
    by_month="依年月",
    page="第 {page} 版",
    day="{month}月{day}日",
    adding="新增文章",
    drop="把檔案或資料夾拖曳到這裡，或",
    choose="選擇檔案",
    choose_folder="選擇資料夾",
    kinds="{kinds}；每個檔案不超過 {size} MB（{lists} 為 {most} MB）",
    uploading="正在上傳 {name}（{number}/{count}）",
    progress="新增進度",
    stages={
        "read": "正在讀取檔案",
        "embed": "正在分析段落",
        "copy": "正在寫入內文",
        "vectors": "正在寫入語意索引",
        "coarse": "正在寫入語意索引",
        "words": "正在寫入詞語索引",
        "write": "正在儲存",
    },
    of="{stage}：{done}/{total}",
    cancel="取消",
    cancelled="已取消，文章沒有變動。",
    stopping="正在停止……",
    waiting="有 {count} 個檔案已上傳，還沒有新增",
    add_waiting="新增",
    discard="捨棄",
    discarded="已捨棄。",
    other_kinds="有 {count} 個其他類型的檔案沒有上傳",
    same="{name} 已在文章中，內容相同。",
    replaces="{name} 將取代先前上傳的同名檔案。",
    added="已新增 {files} 個檔案，{articles} 篇文章。",
    added_none="沒有新增任何文章。",
    brought_back="已復原 {articles} 篇文章。",
    holds="現共 {total} 篇。",
    replaced="取代了先前上傳的同名檔案：{names}",
    left_out="未收入：",
    fault="{source}：{reason}",
    fault_line="{source} 第 {line} 行：{reason}",
    more_faults="……另有 {count} 處",
    between="、",
    remove="移除",
    remove_of="移除《{title}》",
    removing="把《{title}》從文章中移除？",
    removing_all="《{title}》在檔案 {file} 中。移除這個檔案和其中全部 {count} 篇文章？",
    stays="可以復原。您資料夾裡的檔案仍在原處；從那裡重新建庫，會再次收入。",
    keep="保留",
    removing_now="正在移除……",
    removed="已移除 {file}，共 {count} 篇。",
    undo="復原",
    undo_of="復原 {file}",
    for_good="仍然移除",
    gone_for_good="已移除 {file}，無法復原。",
    lately="最近移除",
    details="詳細資訊",
    unsent="{name} 沒有傳成。網路還連著嗎？",
    refusals={
        "off": "這裡不能增減文章：執行者關閉了這項功能。",
        "name": "「{name}」不能用作檔名，請改名後再試。",
        "kind": "{name} 的類型不在可讀之列（{kinds}）。",
        "empty": "{name} 是空檔案。",
        "large": "{name} 太大，不能超過 {size} MB，請拆成小一些的檔案。",
        "much": "等待新增的檔案太多。請先新增或捨棄，再上傳其餘的。",
        "full": "伺服器的磁碟已滿，請騰出空間後再試。",
        "job": "文章正在變動，請等完成後再試。",
        "nothing_waits": "沒有等待新增的檔案，請先上傳。",
        "too_late": "現在已經停不下來了。完成後可以再移除。",
        "unknown": "它已經不在了，請以清單為準。",
        "no_way_back": "{name} 收入之後有改動，或已不在原處，移除後無法復原。",
        "undone": "{name} 又在文章中了，請先移除它。",
        "changed": "{name} 後來有改動，或已不在原處，請重新新增。",
        "taken": "現在另有檔案叫 {name}，請先移除它。",
        "dates": "日期無法辨識，請寫成 2022、2022-04 或 2022-04-14。",
        "failed": "出了問題，文章沒有變動；詳情見程式記錄。",
        "store_busy": "另一個程式正在改動文章，請等它完成後再試。",
        "mismatch": (
            "這些文章由另一個向量模型或版本建立了索引，需由執行者重新建立："
            "python -m index build 路徑… --store 資料夾"
        ),
        "damaged": "文章庫已損壞，執行者可以修復：python -m index check --repair",
        "unwritable": "文章沒能儲存。磁碟是否已滿，或資料夾無法寫入？",
        "unreadable": "檔案已無法讀取。",
    },
    reasons={
        r"not one of the kinds read \((.*)\)": "不是可讀的類型（{0}）",
        "is empty|holds no text|holds no record": "沒有內容",
        r"has ([\d,]+) bytes, more than the limit of ([\d,]+).*": (
            "有 {0} 位元組，超過上限 {1}，請拆成單篇"
        ),
        r"unpacks to ([\d,]+) bytes.*": "展開後有 {0} 位元組，太大；請拆開，或去掉圖片",
        r"cannot be read \((.*)\).*": "無法讀取（{0}）",
        "holds pictures of text, but no text; .*": "是掃描圖片，沒有文字，請先做文字辨識（OCR）",
        "its text is garbled; .*": "文字是亂碼，請重新做文字辨識（OCR）",
        "pages? (.*) ha(?:s|ve) no text, the rest was read; .*": (
            "第 {0} 頁沒有文字，其餘已收入；可先做文字辨識（OCR）"
        ),
        "is not a PDF file.*": "不是 PDF 檔案，請改成正確的副檔名",
        "is encrypted; .*": "有密碼保護，請另存為沒有密碼的檔案",
        "is encrypted, or a .doc of an older Word.*": "有密碼保護，或是舊版 .doc，請另存為 .docx",
        "is a damaged PDF file.*|is a damaged .docx file.*": "檔案已損壞，請重新取得",
        "is not a Word document.*": "不是 Word 文件，請在文書處理軟體中另存為 .docx",
        "no article text was found in it.*": "沒有找到內文，請把內文另存為 .txt",
        "looks like a binary file.*": "不是文字檔",
        "is (.*) that ends in the middle of a character.*": "{0} 檔案不完整，請重新複製",
        "is (.*), but byte (.*) is damaged.*": "是 {0} 檔案，但第 {1} 位元組處有損壞",
        "is not UTF-8, and (.*)": "編碼無法確定，請轉換成 UTF-8 後再試",
        "not a JSON object.*": "不是 JSON 物件；每行應是一篇文章",
        'no "text".*': "沒有「text」（內文）",
        '"(.*)" is (?:not|neither) .*': "「{0}」的格式不對",
        "has no column with the articles; .*": "沒有內文一欄；首列須有一欄叫 text 或 正文",
        "has two columns for (.*); keep .*": "有兩欄都是 {0}，請只留一欄",
        "the row has (.*) fields and the first row (.*); put .*": "這一列有 {0} 欄，首列有 {1} 欄",
        r"the row cannot be read \((.*)\).*": "這一列無法讀取，請檢查引號",
        "date (.*) is not of the form .*": "日期 {0} 不是 年-月-日 的形式",
        "id (.*) stands on line (.*) already": "編號 {0} 已用於第 {1} 列",
        "id (.*) belongs to (.*) already": "編號 {0} 已屬於另一個檔案",
    },
)

ARTICLES: dict[str, ArticlesTexts] = {"en": _EN, "zh-CN": _ZH_CN, "zh-TW": _ZH_TW}
