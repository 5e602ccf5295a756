import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.document import Document

from index.article import Article
from index.errors import InputError
from index.paragraphs import paragraphs
from index.readers import SourceFile, read_file
from index.readers.word import LARGEST_UNPACKED, word_article

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RUBY = """<w:r><w:ruby><w:rt><w:r><w:t>qiáo</w:t></w:r></w:rt>
<w:rubyBase><w:r><w:t>桥</w:t></w:r></w:rubyBase></w:ruby></w:r>"""


def saved(document: Document) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def example() -> Document:
    document = docx.Document()
    document.core_properties.title = "template"
    document.add_paragraph("白塔镇新桥通车", style="Title")
    document.add_paragraph("白塔镇的新桥昨天通车。\n镇长致辞。")
    document.add_heading("造价", 2)
    table = document.add_table(2, 2)
    for cell, text in zip(
        (c for row in table.rows for c in row.cells), ("年份", "车流", "2030", "1200"), strict=True
    ):
        cell.text = text
    table = document.add_table(1, 2)
    table.cell(0, 0).text = "左栏第一段。"
    table.cell(0, 0).add_paragraph("左栏第二段。")
    table.cell(0, 1).text = "右栏。"
    document.add_paragraph("   ")
    document.add_paragraph("全文完。")
    return document


def read(folder: Path, data: bytes, name: str = "a.docx") -> Article:
    (folder / name).write_bytes(data)
    (article,), faults, _ = read_file(SourceFile(folder / name, name))
    assert faults == []
    return article


def replaced(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The file with one of its parts changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return target.getvalue()


def test_paragraphs_headings_and_tables_in_order(tmp_path: Path) -> None:
    article = read(tmp_path, saved(example()))
    assert article.title == "白塔镇新桥通车"
    assert article.raw.splitlines() == [
        "白塔镇新桥通车",
        "白塔镇的新桥昨天通车。",
        "镇长致辞。",
        "## 造价",
        "年份\t车流",
        "2030\t1200",
        "左栏第一段。",
        "左栏第二段。",
        "右栏。",
        "全文完。",
    ]
    assert [p.heading for p in paragraphs(article)] == [None] * 3 + ["造价"] * 6


@pytest.mark.parametrize(
    ("property_title", "first", "title"),
    [("新桥", "昨天通车。", "新桥"), ("", "昨天通车", "昨天通车"), ("", "昨天通车。", "桥")],
)
def test_titles_of_other_files(tmp_path: Path, property_title: str, first: str, title: str) -> None:
    document = docx.Document()
    document.core_properties.title = property_title
    document.add_paragraph(first)
    assert read(tmp_path, saved(document), "桥.docx").title == title


def test_a_file_without_properties_has_no_title_of_the_library(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("昨天通车。")
    bare = replaced(saved(document), "_rels/.rels", lambda xml: xml.replace(b"core-prop", b"none"))
    assert read(tmp_path, bare, "桥.docx").title == "桥"


def test_headings_of_a_chinese_word(tmp_path: Path) -> None:
    document = docx.Document()
    document.styles.add_style("标题 3", 1)
    document.add_paragraph("造价", style="标题 3")
    document.add_paragraph("三亿元。")
    assert read(tmp_path, saved(document)).raw == "## 造价\n三亿元。\n"


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<w:ins><w:r><w:t>增加</w:t></w:r></w:ins>", "增加"),
        ("<w:del><w:r><w:delText>删去</w:delText></w:r></w:del><w:r><w:t>留</w:t></w:r>", "留"),
        ("<w:moveFrom><w:r><w:t>移走</w:t></w:r></w:moveFrom><w:r><w:t>留</w:t></w:r>", "留"),
        ("<w:sdt><w:sdtContent><w:r><w:t>控件</w:t></w:r></w:sdtContent></w:sdt>", "控件"),
        ("<w:r><w:t>一</w:t><w:tab/><w:t>二</w:t><w:br/><w:t>三</w:t></w:r>", "一\t二\n三"),
        (RUBY, "桥"),
    ],
)
def test_text_that_stands_in_unusual_places(tmp_path: Path, xml: str, text: str) -> None:
    document = docx.Document()
    document.add_paragraph("MARK")
    marked = replaced(
        saved(document),
        "word/document.xml",
        lambda part: part.replace(b"<w:r><w:t>MARK</w:t></w:r>", xml.encode()),
    )
    assert read(tmp_path, marked).raw == text + "\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04", "damaged"),
        (saved(example())[:-60], "damaged"),
        (b"plain text", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "encrypted, or a .doc of an older Word"),
        (saved(docx.Document()), "no text"),
        (replaced(saved(example()), "word/document.xml", lambda part: part[:-9]), "damaged"),
        (
            replaced(
                saved(example()),
                "[Content_Types].xml",
                lambda part: part.replace(b"wordprocessingml.document.main", b"spreadsheetml.main"),
            ),
            "not a Word document",
        ),
    ],
)
def test_files_that_cannot_be_read_say_why(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, data)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    target = io.BytesIO(saved(example()))
    image = zipfile.ZipInfo("word/media/image1.bmp")
    image.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(target, "a") as archive, archive.open(image, "w") as part:
        for _ in range(LARGEST_UNPACKED // 10_000_000):
            part.write(bytes(10_000_000))
    assert len(target.getvalue()) < 1_000_000
    with pytest.raises(InputError, match="unpacks to 200,.* more than the limit"):
        read(tmp_path, target.getvalue())


def test_damaged_bytes_are_read_or_refused() -> None:
    draw = random.Random(5)
    good = saved(example())
    refused = 0
    for _ in range(150):
        data = bytearray(good)
        for _ in range(draw.choice((1, 5, 40))):
            data[draw.randrange(len(data))] = draw.randrange(256)
        try:
            word_article(bytes(data), SourceFile(Path("a.docx"), "a.docx"))
        except InputError:
            refused += 1
    assert refused > 20
