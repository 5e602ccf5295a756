import random
from pathlib import Path

import pytest

from index.article import Article
from index.errors import InputError
from index.paragraphs import paragraphs
from index.readers import Fault, SourceFile, read_file
from index.readers.pdf import pdf_article

CMAP = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
1 begincodespacerange <0000> <FFFF> endcodespacerange
1 beginbfrange <0000> <FFFF> <0000> endbfrange
endcmap end end"""

CHINESE_FONT = b"""<< /Type /Font /Subtype /Type0 /BaseFont /Song /Encoding /Identity-H
/DescendantFonts [6 0 R] /ToUnicode 8 0 R >>
====
<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Song /DW 1000 /FontDescriptor 7 0 R
/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>
====
<< /Type /FontDescriptor /FontName /Song /Flags 4 /FontBBox [0 -200 1000 800]
/Ascent 800 /Descent -200 /CapHeight 700 /ItalicAngle 0 /StemV 80 >>""".split(b"====")


def pdf(pages: list[bytes], title: str = "", more: bytes = b"", trailer: bytes = b"") -> bytes:
    """A PDF of these content streams; font F is Latin, font Z is Chinese by code points."""
    first = 9
    kids = " ".join(f"{first + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Title ({title}) >>".encode(),
        *CHINESE_FONT,
        stream(CMAP),
    ]
    for number, content in enumerate(pages):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] "
            b"/Resources << /Font << /F 3 0 R /Z 5 0 R >> >> "
            + f"/Contents {first + 1 + 2 * number} 0 R >>".encode(),
            stream(content),
        ]
    objects += [more] if more else []
    file, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return file + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R /Info 4 0 R %s >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, trailer, len(file))
    )


def stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def page(lines: list[str], left: int = 50) -> bytes:
    """Lines set 16 points apart; an empty one leaves a gap, a leading tab indents."""
    content = b"BT\n"
    for number, line in enumerate(lines):
        text = line.lstrip("\t")
        x = left + (24 if line != text else 0)
        font = "F" if text.isascii() else "Z"
        words = f"({text})" if text.isascii() else f"<{text.encode('utf-16-be').hex()}>"
        content += f"/{font} 12 Tf 1 0 0 1 {x} {750 - 16 * number} Tm {words} Tj\n".encode()
    return content + b"ET"


def read(folder: Path, data: bytes) -> tuple[Article, list[Fault]]:
    (folder / "a.pdf").write_bytes(data)
    (article,), faults, _ = read_file(SourceFile(folder / "a.pdf", "a.pdf"))
    return article, faults


def test_lines_paragraphs_and_pages(tmp_path: Path) -> None:
    one = [
        "New bridge",
        "",
        "\tThe bridge was opened by the",
        "mayor.",
        "\tIt took three",
        "years.",
    ]
    article, faults = read(tmp_path, pdf([page(one), page(["Page two.", "Its end."])]))
    assert faults == []
    assert article.raw.rstrip("\n") == (
        "New bridge\n\nThe bridge was opened by the\nmayor.\n\nIt took three\nyears.\n\n"
        "Page two.\nIts end."
    )
    assert article.title == "New bridge"
    assert [article.raw[start:][:8] for start in article.page_starts] == ["New brid", "Page two"]
    assert [p.text for p in paragraphs(article)] == [
        "New bridge",
        "The bridge was opened by the mayor.",
        "It took three years.",
        "Page two. Its end.",
    ]


def test_chinese_text(tmp_path: Path) -> None:
    lines = ["白塔镇新桥通车", "", "\t白塔镇的新桥昨天上午", "通车，两岸居民很高兴。"]
    article, _ = read(tmp_path, pdf([page(lines)]))
    assert article.title == "白塔镇新桥通车"
    assert [p.text for p in paragraphs(article)] == [
        "白塔镇新桥通车",
        "白塔镇的新桥昨天上午通车，两岸居民很高兴。",
    ]


def test_lines_are_joined_even_in_a_text_of_one_paragraph(tmp_path: Path) -> None:
    article, _ = read(tmp_path, pdf([page(["The bridge was opened to", "traffic."])]))
    assert [p.text for p in paragraphs(article)] == ["The bridge was opened to traffic."]
    assert article.title == "a"


def test_a_word_broken_at_the_end_of_a_line_is_whole(tmp_path: Path) -> None:
    article, _ = read(tmp_path, pdf([page(["The bridge was opened to traf-", "fic today."])]))
    assert article.raw.strip() == "The bridge was opened to traffic today."


@pytest.mark.parametrize(
    ("title", "expected"), [("New bridge", "New bridge"), ("Microsoft Word - x.doc", "a")]
)
def test_the_title_among_the_properties_counts_if_it_is_printed(
    tmp_path: Path, title: str, expected: str
) -> None:
    text = page(["Monday 3", "of May.", "New", "bridge"])
    assert read(tmp_path, pdf([text], title))[0].title == expected


def test_pages_without_text_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    article, faults = read(
        tmp_path, pdf([page([]), page(["Page two."]), page([]), page(["Four."])])
    )
    assert article.raw.split() == ["Page", "two.", "Four."]
    assert article.page_starts == (0, 0, 11, 11)
    (fault,) = faults
    assert str(fault).startswith("a.pdf: pages 1, 3 have no text, the rest was read")
    assert "ocrmypdf --skip-text" in fault.reason


ENCRYPTED = pdf(
    [page(["secret"])],
    more=b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <"
    + b"28" * 32
    + b"> /U <"
    + b"00" * 32
    + b"> >>",
    trailer=b"/Encrypt 11 0 R /ID [<" + b"00" * 16 + b"> <" + b"00" * 16 + b">]",
)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pdf([page([])]), "no text; .*ocrmypdf -l chi_sim in.pdf out.pdf"),
        (pdf([page(["\ue000\ue001\ue002\ue003"])]), "garbled.*--force-ocr"),
        (pdf([page(["x"])])[:300], "damaged PDF"),
        (b"<html>", "not a PDF"),
        (ENCRYPTED, "encrypted.*qpdf --decrypt"),
        (pdf([]), "damaged PDF"),
    ],
)
def test_files_that_cannot_be_read_say_why(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, data)


def test_damaged_bytes_are_read_or_refused() -> None:
    draw = random.Random(5)
    good = pdf(
        [page(["New bridge", "", "\tThe bridge was opened by the", "mayor."]), page(["新桥"])]
    )
    outcomes = set()
    for _ in range(400):
        data = bytearray(good)
        for _ in range(draw.choice((1, 5, 40))):
            data[draw.randrange(len(data))] = draw.randrange(256)
        del data[len(data) - draw.choice((0, 0, 300)) :]
        try:
            article, _ = pdf_article(bytes(data), SourceFile(Path("a.pdf"), "a.pdf"))
            outcomes.add("read")
            assert article.page_starts[-1] <= len(article.raw)
        except InputError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}
