from pathlib import Path

import pytest

from index.article import Article, Piece, Span, article_id
from index.newspaper import Page, PageArticle, Part, Role
from index.paragraphs import paragraphs, searched_text
from index.printed import PAGES, first_words, page_articles, printed_page
from index.readers import SourceFile, read_file
from tests.index.test_readers_pdf import pdf

RAW = "桥 通 车\n桥长五百米。\n图为新桥。\n湖水很清。\n鱼多了。\n"


def part(role: Role, text: str) -> Part:
    return Part(role, text, (Piece(0, RAW.index(text), len(text)),))


def file(raw: str = RAW, source: str = "page.txt", **facts: object) -> Article:
    whole = Span(0, len(raw))
    return Article(article_id(source), source, "page", raw, whole, **facts)  # type: ignore[arg-type]


BRIDGE = PageArticle(
    (part(Role.CAPTION, "图为新桥。"), part(Role.BODY, "桥长五百米。")),
    title="桥通车", kicker="江上", subtitle="——三年建成", place="江城", date="XXXX-04-08",
    date_precision="no year", section="要闻", page=1, continued_on=4, authors=("石磊",),
)  # fmt: skip
LAKE = PageArticle((part(Role.BODY, "湖水很清。"), part(Role.BODY, "鱼多了。")))


def test_the_articles_of_a_page() -> None:
    bridge, lake = page_articles(file(section="头版"), Page(RAW, (BRIDGE, LAKE)))
    assert (bridge.title, bridge.kicker, bridge.subtitle, bridge.untitled) == (
        "桥通车", "江上", "——三年建成", False,
    )  # fmt: skip
    assert (bridge.place, bridge.date, bridge.date_precision) == ("江城", "XXXX-04-08", "no year")
    assert (bridge.section, bridge.page, bridge.continued_on) == ("要闻", 1, 4)
    assert (lake.title, lake.untitled, lake.section, lake.authors) == (
        "湖水很清…",
        True,
        "头版",
        (),
    )
    assert [p.text for p in paragraphs(bridge)] == ["桥长五百米。"]  # no caption
    assert [(p.text, p.page) for p in paragraphs(lake)] == [
        ("湖水很清。", None),
        ("鱼多了。", None),
    ]
    assert paragraphs(bridge)[0].page == 1


def test_ids_are_stable_and_never_the_same() -> None:
    page = Page(RAW, (LAKE, BRIDGE, LAKE, LAKE))
    ids = [a.id for a in page_articles(file(), page)]
    assert len(set(ids)) == 4
    assert [a.id for a in page_articles(file(), page)] == ids
    assert page_articles(file(), Page(RAW, (BRIDGE, LAKE)))[1].id == ids[0]
    assert page_articles(file(source="other.txt"), page)[0].id != ids[0]


def test_an_article_alone_on_its_page_keeps_the_id_of_the_file() -> None:
    caption = PageArticle((part(Role.CAPTION, "图为新桥。"), part(Role.HEADING, "桥 通 车")))
    (only,) = page_articles(file(), Page(RAW, (caption, BRIDGE)))
    assert only.id == article_id("page.txt")
    assert page_articles(file(), Page(RAW, (caption,))) == []


def test_headings_stand_over_what_follows() -> None:
    item = PageArticle(
        (part(Role.BODY, "湖水很清。"), part(Role.HEADING, "桥 通 车"), part(Role.BODY, "鱼多了。"))
    )
    (only,) = page_articles(file(), Page(RAW, (item,)))
    assert [(p.text, p.heading) for p in paragraphs(only)] == [
        ("湖水很清。", None),
        ("鱼多了。", "桥 通 车"),
    ]


def test_the_title_in_the_front_matter_is_that_of_the_one_article() -> None:
    raw = "---\ntitle: 湖\n---\n" + RAW
    given = Article("a", "p.md", "湖", raw, Span(raw.index(RAW), len(raw)))
    bare = Article("a", "p.md", "p", raw, Span(raw.index(RAW), len(raw)))
    assert [a.title for a in page_articles(given, Page(raw, (LAKE,)))] == ["湖"]
    assert [a.title for a in page_articles(bare, Page(raw, (LAKE,)))] == ["湖水很清…"]
    assert page_articles(given, Page(raw, (LAKE, BRIDGE)))[0].title == "湖水很清…"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("短。后面还有。", "短…"),
        ("本报4月8日讯(记者石磊)江城新桥昨日通车。市民说好。", "江城新桥昨日通车…"),
        ("一二三四五六七八九十" * 4, "一二三四五六七八九十" * 3 + "…"),
        ("The old mill on the river was opened to visitors.", "The old mill on the river was…"),
        ("本报4月8日讯", "本报4月8日讯…"),
    ],
)
def test_first_words_stand_for_a_title(text: str, title: str) -> None:
    assert first_words(text) == title
    assert searched_text(title, "p.txt", None, None, text) == text  # not counted twice
    assert searched_text(title, "p.txt", None, None, "别的话。") == f"{title}\n别的话。"


PRINTED = "江 城 新 桥 通 车\n\n江城新桥昨日通车,桥长五百米。\n\n(下转第4版)\n"


def test_which_files_are_read_as_pages() -> None:
    clean = file("江城新桥昨日通车。\n\n桥长五百米。\n")
    assert printed_page(clean, "auto") is None
    assert printed_page(clean, "always") is not None
    assert printed_page(file(PRINTED), "never") is None
    assert printed_page(file(PRINTED), "auto") is not None
    assert printed_page(file(PRINTED, "p.docx"), "always") is None
    assert printed_page(file(PRINTED, "p.txt", lines_are_paragraphs=True), "always") is None
    assert PAGES == ("auto", "always", "never")


def test_the_day_of_the_paper_comes_from_the_file_or_its_name() -> None:
    for article in (file(PRINTED, "2030_04/09/p.txt"), file(PRINTED, "p.md", date="2030-04-09")):
        printed = printed_page(article, "auto")
        assert printed is not None
        (only,) = page_articles(article, printed.page)
        assert (only.date, only.date_precision) == ("2030-04-09", "issue")


def test_offsets_of_a_page_behind_front_matter_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "p.md"
    path.write_text("---\ndate: 2030-04-09\n---\n" + PRINTED, "utf-8")
    (article,), _, _ = read_file(SourceFile(path, "p.md"))
    printed = printed_page(article, "auto")
    assert printed is not None
    (only,) = page_articles(article, printed.page)
    (paragraph,) = paragraphs(only)
    assert paragraph.span.cut(only.raw) == paragraph.text == "江城新桥昨日通车,桥长五百米。"
    left = {part.role: part for part in printed.page.left_out}[Role.CONTINUATION]
    assert article.raw[left.pieces[0].raw_start :].startswith("(下转第4版)")


def test_paragraphs_of_a_paged_file_know_its_page_and_not_the_printed_one() -> None:
    paged = file(source="p.pdf", page_starts=(0, RAW.index("图"), RAW.index("图"), RAW.index("湖")))
    bridge, lake = page_articles(paged, Page(RAW, (BRIDGE, LAKE)))
    assert bridge.page == 1
    assert [p.page for p in (*paragraphs(bridge), *paragraphs(lake))] == [1, 4, 4]


def test_a_clean_pdf_has_pages_too(tmp_path: Path) -> None:
    lines = b"BT /F 12 Tf 50 700 Td (%s) Tj ET"
    path = tmp_path / "p.pdf"
    path.write_bytes(pdf([lines % b"The old mill is open.", b"", lines % b"The bridge is long."]))
    (article,), _, _ = read_file(SourceFile(path, "p.pdf"))
    assert printed_page(article, "never") is None
    assert [(p.text, p.page) for p in paragraphs(article)] == [
        ("The old mill is open.", 1),
        ("The bridge is long.", 3),
    ]
    printed = printed_page(article, "always")
    assert printed is not None
    assert printed.page.raw == article.raw
