"""What the model room says: what answers, and choosing another model."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ModelsTexts:
    """All strings of one language; `{…}` are filled in by whoever shows them.

    `faults` are patterns of what the program says of a model, in English and with a remedy, and
    their words in this language.
    """

    title: str
    close: str
    now: str
    quotation: str
    reader: str
    means_quotation: str
    means_prose: str
    means_pointing: str
    choose: str
    use: str
    unusable: str
    loading: str
    waiting: str  # before it is known how much is loaded
    share: str  # filled in by the page
    cancel: str
    cancelled: str
    ready: str
    ready_quotation: str
    failed: str
    unknown: str
    locked: str
    getting: str
    getting_folder: str
    getting_start: str
    getting_list: str
    none: str
    opening: str
    faults: dict[str, str] = field(default_factory=dict)

    def fault(self, words: str) -> str:
        """What is wrong with a model in this language, or as it is when that is new."""
        for pattern, text in self.faults.items():
            found = re.search(pattern, words, re.DOTALL)
            if found:
                return text.format(*found.groups())
        return words


MODELS = {
    "en": ModelsTexts(
        title="Model",
        close="Close",
        now="What answers now",
        quotation="Quotation",
        reader="Bundled reader",
        means_quotation="Only the articles’ own sentences, at once. Nothing is written.",
        means_prose="Written on this computer; each sentence is checked against what it cites.",
        means_pointing="The model picks sentences of the articles, which are shown word for word.",
        choose="On this computer",
        use="Use this",
        unusable="Cannot be used: {fault}",
        loading="{name} is being loaded. Until then all goes on as before.",
        waiting="Beginning…",
        share="{percent} %",
        cancel="Cancel",
        cancelled="Cancelled. All goes on as before.",
        ready="{name} answers from now on.",
        ready_quotation="The articles are quoted from now on.",
        failed="{name} could not be loaded: {fault}.",
        unknown="There is no such model on this computer any more. Choose another one.",
        locked="The model is chosen by whoever runs this computer.",
        getting="How to get a model",
        getting_folder="Put a .gguf file into the folder {folder}, and open this list again.",
        getting_start="Or name one at the start: {variable}=user/repo:Q4_K_M",
        getting_list="What there is here, and how fast it is: {command}",
        none="No language model was found here. Quotation needs none.",
        opening="Looking for models…",
    ),
    "zh-CN": ModelsTexts(
        title="模型",
        close="关闭",
        now="现在作答的是",
        quotation="摘录原文",
        reader="内置阅读模型",
        means_quotation="只用文章里的原句，即刻作答，不另写一字。",
        means_prose="由本机模型撰写，每句话都与所引段落核对。",
        means_pointing="由模型从文章中选出句子，原样列出。",
        choose="这台电脑上有",
        use="使用",
        unusable="不能使用：{fault}",
        loading="正在加载 {name}。在此之前，一切照旧。",
        waiting="正在开始……",
        share="{percent}%",
        cancel="取消",
        cancelled="已取消，一切照旧。",
        ready="从现在起由 {name} 作答。",
        ready_quotation="从现在起摘录原文作答。",
        failed="{name} 没能加载：{fault}。",
        unknown="这台电脑上已没有这个模型。请另选一个。",
        locked="模型由管理这台电脑的人选定。",
        getting="怎样得到模型",
        getting_folder="把 .gguf 文件放进 {folder} 文件夹，再打开这里。",
        getting_start="或在启动时指定：{variable}=user/repo:Q4_K_M",
        getting_list="查看本机有哪些模型、速度如何：{command}",
        none="这里没有找到语言模型。摘录原文不需要模型。",
        opening="正在查找模型……",
        faults={
            "no memory|more memory|memory runs out": "内存不够，请换一个较小的模型",
            "cut short": "没有下载完整，请重新下载",
            "is one part of|is missing": "缺少其中的文件，请补齐全部分卷",
            "is not a GGUF file": "不是 GGUF 文件",
            "is empty": "文件是空的，请重新下载",
            "only points at the model": "只是一个指向模型的小文件，请下载模型本身",
            "has GGUF version": "GGUF 版本不支持，请换用新版本",
            "which is not there": "链接指向的文件不存在",
            "permissions": "无法读取，请检查文件权限",
            "no model that continues text": "不是对话模型，请换一个",
            "llama-cpp-python": "缺少 llama-cpp-python，请先安装",
            "does not load": "文件可能已损坏，请重新下载，或换一个较小的模型",
            "(.+)": "{0}（请另选一个模型，或重新下载这个文件）",
        },
    ),
    "zh-TW": ModelsTexts(
        title="模型",
        close="關閉",
        now="現在作答的是",
        quotation="摘錄原文",
        reader="內建閱讀模型",
        means_quotation="只用文章裡的原句，即刻作答，不另寫一字。",
        means_prose="由本機模型撰寫，每句話都與所引段落核對。",
        means_pointing="由模型從文章中選出句子，原樣列出。",
        choose="這台電腦上有",
        use="使用",
        unusable="不能使用：{fault}",
        loading="正在載入 {name}。在此之前，一切照舊。",
        waiting="正在開始……",
        share="{percent}%",
        cancel="取消",
        cancelled="已取消，一切照舊。",
        ready="從現在起由 {name} 作答。",
        ready_quotation="從現在起摘錄原文作答。",
        failed="{name} 沒能載入：{fault}。",
        unknown="這台電腦上已沒有這個模型。請另選一個。",
        locked="模型由管理這台電腦的人選定。",
        getting="怎樣取得模型",
        getting_folder="把 .gguf 檔案放進 {folder} 資料夾，再打開這裡。",
        getting_start="或在啟動時指定：{variable}=user/repo:Q4_K_M",
        getting_list="查看本機有哪些模型、速度如何：{command}",
        none="這裡沒有找到語言模型。摘錄原文不需要模型。",
        opening="正在尋找模型……",
        faults={
            "no memory|more memory|memory runs out": "記憶體不足，請換一個較小的模型",
            "cut short": "沒有下載完整，請重新下載",
            "is one part of|is missing": "缺少其中的檔案，請補齊全部分卷",
            "is not a GGUF file": "不是 GGUF 檔案",
            "is empty": "檔案是空的，請重新下載",
            "only points at the model": "只是一個指向模型的小檔案，請下載模型本身",
            "has GGUF version": "不支援這個 GGUF 版本，請換用新版本",
            "which is not there": "連結指向的檔案不存在",
            "permissions": "無法讀取，請檢查檔案權限",
            "no model that continues text": "不是對話模型，請換一個",
            "llama-cpp-python": "缺少 llama-cpp-python，請先安裝",
            "does not load": "檔案可能已損壞，請重新下載，或換一個較小的模型",
            "(.+)": "{0}（請另選一個模型，或重新下載這個檔案）",
        },
    ),
}
