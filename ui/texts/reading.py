"""What the reading room says: an article whole, beside the answer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadingTexts:
    """All strings of one language; `{…}` are filled in by whoever shows them."""

    label: str
    back: str
    views: str
    as_text: str
    as_printed: str
    previous: str
    next: str
    count: str  # filled in by the page
    loading: str
    retry: str
    byline: str
    between: str  # authors
    of_issue: str  # a date that is the paper's own
    year_of_issue: str  # a date whose year is the paper's
    sheet: str  # page of a printed paper
    leaf: str  # page of a file
    continues: str
    continues_page: str
    goes_on: str
    goes_on_page: str
    before: str
    after: str
    earlier: str
    later: str
    own: str
    gone: str
    wrong: str


READING = {
    "en": ReadingTexts(
        label="Article",
        back="Back to the sources",
        views="View",
        as_text="Text",
        as_printed="As printed",
        previous="Previous quotation",
        next="Next quotation",
        count="Quotation {n} of {all}",
        loading="Opening the article…",
        retry="Try again",
        byline="By {authors}",
        between=", ",
        of_issue="{date} (date of the paper)",
        year_of_issue="{date} (year of the paper)",
        sheet="page {page}",
        leaf="Page {page}",
        continues="Read its beginning",
        continues_page="Continued from page {page}",
        goes_on="Read on",
        goes_on_page="Continued on page {page}",
        before="{count} earlier paragraphs",
        after="{count} more paragraphs",
        earlier="Show what comes before",
        later="Show what comes after",
        own="Dark: the paragraphs of this article. Pale: everything else in the file.",
        gone="This article is no longer among the articles: it was removed or changed.",
        wrong="This address does not lead to a place in an article. Open it from its source again.",
    ),
    "zh-CN": ReadingTexts(
        label="文章",
        back="回到来源",
        views="显示方式",
        as_text="正文",
        as_printed="版面原样",
        previous="上一处引文",
        next="下一处引文",
        count="引文 {n}／{all}",
        loading="正在打开文章……",
        retry="再试一次",
        byline="{authors}",
        between="、",
        of_issue="{date}（报纸日期）",
        year_of_issue="{date}（年份依报纸）",
        sheet="第 {page} 版",
        leaf="第 {page} 页",
        continues="读上文",
        continues_page="上接第 {page} 版",
        goes_on="读下文",
        goes_on_page="下转第 {page} 版",
        before="前面还有 {count} 段",
        after="后面还有 {count} 段",
        earlier="显示前面的文字",
        later="显示后面的文字",
        own="深色是这篇文章的段落，浅色是文件中的其他文字。",
        gone="这篇文章已不在文库中：它被移除或改动了。",
        wrong="这个地址指不到文章中的位置。请从来源处重新打开。",
    ),
    "zh-TW": ReadingTexts(
        label="文章",
        back="回到來源",
        views="顯示方式",
        as_text="內文",
        as_printed="版面原樣",
        previous="上一處引文",
        next="下一處引文",
        count="引文 {n}／{all}",
        loading="正在開啟文章……",
        retry="再試一次",
        byline="{authors}",
        between="、",
        of_issue="{date}（報紙日期）",
        year_of_issue="{date}（年份依報紙）",
        sheet="第 {page} 版",
        leaf="第 {page} 頁",
        continues="讀上文",
        continues_page="上接第 {page} 版",
        goes_on="讀下文",
        goes_on_page="下轉第 {page} 版",
        before="前面還有 {count} 段",
        after="後面還有 {count} 段",
        earlier="顯示前面的文字",
        later="顯示後面的文字",
        own="深色是這篇文章的段落，淺色是檔案中的其他文字。",
        gone="這篇文章已不在文庫中：它被移除或更動了。",
        wrong="這個網址指不到文章中的位置。請從來源處重新開啟。",
    ),
}
