import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from index.article import Piece
from index.errors import InputError
from index.inspect import Shares, format_shares, inspect, shares, to_html, to_json, write_text
from index.inspect.columns import width, wrap
from index.inspect.lines import Lines
from index.inspect.marks import probability, visible
from index.newspaper.page import Join, Page, PageArticle, Part, Role
from tests.index.test_readers_pdf import pdf

RAW = "河口日报\n\n新桥通车\n石匠说，桥很\n\n稳。\n电话 12\n再见\n"
HOSTILE = "</script><script>alert(1)</script>\"'&\x1b[2J\x9b1m\u202e\ud800"


def part(role: Role, raw: str, *runs: str, joins: tuple[Join, ...] = ()) -> Part:
    """A part of runs that each occur once in `raw`, or first where given as they are."""
    pieces, text = [], ""
    for run in runs:
        pieces.append(Piece(len(text), raw.index(run), len(run)))
        text += run
    return Part(role, text, tuple(pieces), joins)


def small_page() -> Page:
    article = PageArticle(
        parts=(
            part(Role.TITLE, RAW, "新桥通车"),
            part(Role.BODY, RAW, "石匠说，桥很", "稳。", joins=(Join(6, 0.62),)),
            part(Role.BODY, RAW, "再见"),
        ),
        title="新桥通车",
        kicker="水上新闻",
        authors=("甲石", "乙木"),
        place="河口",
        date="XXXX-04-08",
        date_precision="no year",
        section="要闻",
        page=3,
        continued_on=4,
        confidence=0.875,
    )
    left_out = (part(Role.CONTACT, RAW, "电话 12"), part(Role.MASTHEAD, RAW, "河口日报"))
    return Page(RAW, (article,), left_out)


def hostile_page() -> Page:
    body = part(Role.BODY, HOSTILE, HOSTILE)
    article = PageArticle((body,), title=HOSTILE, authors=(HOSTILE,), section=HOSTILE)
    return Page(HOSTILE, (article,))


def as_text(page: Page, columns: int | None = None) -> str:
    out = io.StringIO()
    write_text(page, "p.txt", out, columns=columns)
    return out.getvalue()


def test_shares_count_every_character_that_is_no_space() -> None:
    found = shares(small_page())
    assert {role.value: n for role, n in found.roles.items() if n} == {
        "body": 10,
        "title": 4,
        "masthead": 4,
        "contact": 4,
    }
    assert list(found.roles) == list(Role)
    assert (found.total, found.in_no_part, found.in_two) == (22, 0, 0)
    assert found.whole
    assert sum(found.roles.values()) == sum(not c.isspace() for c in RAW)


def test_what_is_in_no_part_or_in_two_is_told() -> None:
    raw = "abc def gh"
    twice = Part(Role.HEADING, "c d", (Piece(0, 2, 3),))
    page = Page(raw, (), (Part(Role.BODY, "abc", (Piece(0, 0, 3),)), twice))
    found = shares(page)
    assert (found.roles[Role.BODY], found.roles[Role.HEADING]) == (3, 1)
    assert (found.total, found.in_no_part, found.in_two) == (8, 4, 1)
    assert not found.whole
    assert format_shares(found) == (
        "body 37.5 % · heading 12.5 %\n8 characters: 4 in no part, 1 in two"
    )
    assert as_text(page).endswith(
        "\nIn no part\n   line 1\n     ef gh\n"
        "\nIn two parts\n   line 1\n     c\n"
        "\nbody 37.5 % · heading 12.5 %\n8 characters: 4 in no part, 1 in two\n"
    )


def test_shares_of_pages_add_up() -> None:
    one = shares(small_page())
    both = sum([one, shares(Page("x", ()))], Shares())
    assert both.roles == one.roles
    assert (both.total, both.in_no_part, both.in_two) == (23, 1, 0)


def test_shares_in_words() -> None:
    assert format_shares(shares(small_page())) == (
        "body 45.5 % · title 18.2 % · left out: masthead 18.2 %, contact 18.2 %\n"
        "22 characters, each in exactly one part"
    )
    assert format_shares(Shares()) == "no characters"
    roles = dict.fromkeys(Role, 0) | {Role.BODY: 99_999, Role.REPEAT: 1}
    assert format_shares(Shares(roles, 100_000)) == (
        "body 100.0 % · left out: repeat <0.1 %\n100,000 characters, each in exactly one part"
    )


def test_text_view() -> None:
    assert as_text(small_page()) == (
        "p.txt · 1 article\n"
        "\n"
        "1  新桥通车\n"
        "   kicker          水上新闻\n"
        "   authors         甲石, 乙木\n"
        "   place           河口\n"
        "   date            XXXX-04-08 (no year)\n"
        "   section         要闻\n"
        "   page            3\n"
        "   continued on    4\n"
        "   confidence      .87\n"
        "   title · line 3\n"
        "     新桥通车\n"
        "   body · lines 4–6\n"
        "     石匠说，桥很⁀[.62]稳。\n"
        "   body · line 8\n"
        "     再见\n"
        "\n"
        "Left out\n"
        "   masthead · line 1\n"
        "     河口日报\n"
        "   contact · line 7\n"
        "     电话 12\n"
        "\n"
        "body 45.5 % · title 18.2 % · left out: masthead 18.2 %, contact 18.2 %\n"
        "22 characters, each in exactly one part\n"
    )


@pytest.mark.parametrize(
    ("join", "mark"),
    [
        (Join(2, 0.9), "⁀"),
        (Join(2, 0.8999), "⁀[.89]"),
        (Join(2, 0.995, moved=True), "⤳[.99 from line 3 to 1]"),
    ],
)
def test_marks_of_joins(join: Join, mark: str) -> None:
    raw = "cd\n\nab"
    page = Page(raw, (), (part(Role.BODY, raw, "ab", "cd", joins=(join,)),))
    assert f"   body · lines 3, 1\n     ab{mark}cd\n" in as_text(page)


def test_a_join_stands_behind_the_space_that_was_not_printed() -> None:
    raw = "old\nmill"
    body = Part(Role.BODY, "old mill", (Piece(0, 0, 3), Piece(4, 4, 4)), (Join(4, 1.0),))
    assert "     old ⁀mill\n" in as_text(Page(raw, (), (body,)))


def test_text_wraps_at_columns_not_at_characters() -> None:
    text = "一二三四五六七八九十，甲乙丙丁（戊）"
    # 20 columns hold ten wide characters; no line begins with a comma or ends with a bracket
    assert wrap(text, 25, " " * 5).split("\n") == [
        "     一二三四五六七八九",
        "     十，甲乙丙丁（戊）",
    ]
    assert wrap("to be or not to be at all", 20, "") == "to be or not to be\nat all"
    assert wrap("x" * 45, 20, "").split("\n") == ["x" * 20, "x" * 20, "x" * 5]
    assert wrap("a\tb\nc", None, " ") == " a b c"
    assert width("桥，e\u0301ab") == 7
    assert all(width(line) <= 40 for line in as_text(small_page(), 40).split("\n"))


def test_line_numbers_are_those_of_an_editor() -> None:
    lines = Lines("a\r\nb\rc\n\nd")
    assert [lines.number(at) for at in (0, 2, 3, 5, 7, 8)] == [1, 1, 2, 3, 4, 5]
    # c and d have only a blank line between them; from d back to a is no neighbour
    pieces = [Piece(0, 5, 1), Piece(1, 8, 1), Piece(2, 0, 1)]
    assert lines.printed(pieces) == "lines 3–5, 1"
    assert lines.printed([Piece(0, 0, 5)]) == "lines 1–2"
    assert lines.printed([]) == ""


def test_probabilities_are_never_rounded_up() -> None:
    assert [probability(p) for p in (0, 0.07, 0.29, 0.899, 0.999, 1)] == [
        ".00",
        ".07",
        ".29",
        ".89",
        ".99",
        "1",
    ]


def test_control_characters_become_visible() -> None:
    assert visible("a\x1b[31m\r\x7f\x9b\u202e\u200b\ud800\t\n") == (
        "a␛[31m␍␡⟨U+009B⟩⟨U+202E⟩⟨U+200B⟩⟨U+D800⟩\t\n"
    )
    assert visible("नमस्ते\u200dक\u200c 👩\u200d🔬") == "नमस्ते\u200dक\u200c 👩\u200d🔬"


def test_hostile_text_cannot_steer_a_terminal() -> None:
    text = as_text(hostile_page())
    assert "␛[2J⟨U+009B⟩1m⟨U+202E⟩⟨U+D800⟩" in text
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text) is None


def test_json() -> None:
    found = json.loads(to_json(small_page(), "p.txt", {"score": 0.9}))
    assert list(found) == ["source", "signs", "articles", "left_out", "shares"]
    assert (found["source"], found["signs"]) == ("p.txt", {"score": 0.9})
    (article,) = found["articles"]
    assert article["authors"] == ["甲石", "乙木"]
    assert (article["date_precision"], article["continued_on"]) == ("no year", 4)
    assert article["parts"][1] == {
        "role": "body",
        "text": "石匠说，桥很稳。",
        "pieces": [[0, 11, 6], [6, 19, 2]],
        "joins": [{"at": 6, "confidence": 0.62, "moved": False}],
    }
    assert [part["role"] for part in found["left_out"]] == ["contact", "masthead"]
    assert found["shares"]["roles"]["body"] == 10
    assert (found["shares"]["total"], found["shares"]["in_no_part"]) == (22, 0)
    assert "signs" not in json.loads(to_json(small_page(), "p.txt"))


def test_hostile_text_stays_itself_in_json_and_is_safe_to_print() -> None:
    line = to_json(hostile_page(), HOSTILE)
    assert json.loads(line)["articles"][0]["parts"][0]["text"] == HOSTILE
    assert json.loads(line)["source"] == HOSTILE
    assert re.search("[\x00-\x1f\x7f-\x9f\u202e\ud800-\udfff]", line) is None


class Elements(HTMLParser):
    """Start tags with their attributes, and the text of elements of a class."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def of(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def test_html_marks_every_run_on_both_sides() -> None:
    html = to_html(small_page(), "p.txt")
    raw = html[html.index("<ol") : html.index("</ol>")]
    short = re.sub(r' (id|class|data-part|data-tag)="([^"]*)"', r" \2", raw)
    assert short.split("\n")[1:] == [
        "<li L1><span run masthead out 4 M>河口日报</span></li>",
        "<li L2 blank></li>",
        "<li L3><span run title tint0 0 1T>新桥通车</span></li>",
        "<li L4><span run body tint0 1 1B>石匠说，桥很</span></li>",
        "<li L5 blank></li>",
        "<li L6><span run body tint0 1>稳。</span></li>",
        "<li L7><span run contact out 3 @>电话 12</span></li>",
        "<li L8><span run body tint0 2 1B>再见</span></li>",
        "<li L9 blank></li>",
        "",
    ]
    parts = [tag for tag in Elements(html).of("div") if "data-part" in tag]
    assert [(p["data-part"], p["aria-label"], p["tabindex"]) for p in parts] == [
        ("0", "title, line 3", "0"),
        ("1", "body, lines 4–6", "0"),
        ("2", "body, line 8", "0"),
        ("4", "masthead, line 1", "0"),
        ("3", "contact, line 7", "0"),
    ]
    assert (
        '<p class="text" dir="auto" lang="zh">石匠说，桥很<span class="join doubt" data-line="6" '
        'title="lines joined, from line 4 to 6, probability .62">⁀.62</span>稳。</p>'
    ) in html
    assert '<a href="#L4" tabindex="-1">lines 4–6</a>' in html


def test_html_shows_what_is_in_no_part_and_in_two() -> None:
    html = to_html(Page("ab\ncd", (), (part(Role.BODY, "ab\ncd", "ab"),) * 2), "p.txt")
    assert '<li id="L2"><span class="lost">cd</span></li>' in html
    assert '<span class="run body out twice" data-part="0" data-tag="B">ab</span>' in html
    assert "4 characters: 2 in no part, 2 in two" in html
    assert '<h2>In no part</h2><ul><li><a href="#L2" tabindex="-1">line 2</a> cd</li>' in html


def test_html_is_one_file_that_loads_nothing() -> None:
    html = to_html(small_page(), "p.txt")
    elements = Elements(html)
    policy = next(m["content"] for m in elements.of("meta") if m.get("http-equiv"))
    assert policy is not None
    assert re.fullmatch(
        "default-src 'none'; style-src 'sha256-[^']{44}'; script-src 'sha256-[^']{44}'; "
        "base-uri 'none'; form-action 'none'",
        policy,
    )
    for _, attributes in elements.tags:
        assert not {"src", "srcset", "style", "onclick"} & set(attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import|https?:", html)
    assert not elements.of("link")


def test_hostile_text_is_harmless_in_html() -> None:
    html = to_html(hostile_page(), HOSTILE)
    harmless = to_html(Page("x", (PageArticle((part(Role.BODY, "x", "x"),)),)), "x")
    assert [t for t, _ in Elements(html).tags if t in ("script", "style", "meta")] == [
        t for t, _ in Elements(harmless).tags if t in ("script", "style", "meta")
    ]
    assert html.count("</script>") == 1
    escaped = "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;␛[2J"
    assert html.count(escaped) == 7  # title, h1, h2, author, section, raw run, part
    html.encode()  # no lone surrogate
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", html) is None


def test_only_an_html_file_is_written(tmp_path: Path) -> None:
    source = tmp_path / "p.txt"
    source.write_text("一行。\n", "utf-8")
    link = tmp_path / "link.html"
    link.symlink_to(source)
    for target in (source, link, tmp_path / "new"):
        with pytest.raises(InputError, match=r"ends in \.html"):
            inspect(source, html=target, pages="never", out=io.StringIO())
    assert source.read_text("utf-8") == "一行。\n"
    (tmp_path / "folder.html").mkdir()
    for target in (tmp_path / "folder.html", tmp_path / "none" / "p.html"):
        with pytest.raises(InputError, match="cannot be written"):
            inspect(source, html=target, pages="never", out=io.StringIO())


def test_inspect_writes_html_and_names_it(tmp_path: Path) -> None:
    source, target = tmp_path / "p.txt", tmp_path / "p.html"
    source.write_text("一行。\n", "utf-8")
    out = io.StringIO()
    assert inspect(source, html=target, pages="never", out=out) == 0
    assert out.getvalue() == f"{target}\n"
    assert '<li id="L1"><span class="run body tint0"' in target.read_text("utf-8")
    out = io.StringIO()
    assert inspect(source, as_json=True, pages="never", out=out) == 0
    assert json.loads(out.getvalue())["source"] == "p.txt"


def test_a_plain_file_is_its_paragraphs(tmp_path: Path) -> None:
    source = tmp_path / "p.md"
    source.write_text("---\ntitle: 桥\n---\n新桥很\n稳。\n\nThe old\nmill.\n", "utf-8")
    out = io.StringIO()
    inspect(source, pages="never", out=out)
    assert out.getvalue() == (
        "p.md · 1 article\n"
        "\n"
        "1  桥\n"
        "   confidence      1\n"
        "   body · lines 4–5\n"
        "     新桥很⁀稳。\n"
        "   body · lines 7–8\n"
        "     The old ⁀mill.\n"
        "\n"
        "In no part\n"
        "   lines 1–3\n"
        "     --- title: 桥 ---\n"
        "\n"
        "body 55.2 %\n"
        "29 characters: 13 in no part, 0 in two\n"
    )


def test_a_printed_page_loses_nothing(tmp_path: Path) -> None:
    source = tmp_path / "p.txt"
    source.write_text("新桥通车\n\n石匠说,桥很\n\n稳。\n", "utf-8")
    out = io.StringIO()
    inspect(source, as_json=True, pages="always", out=out)
    found = json.loads(out.getvalue())["shares"]
    assert (found["total"], found["in_no_part"], found["in_two"]) == (12, 0, 0)


def test_a_file_that_cannot_be_inspected_is_named(tmp_path: Path) -> None:
    records = tmp_path / "p.jsonl"
    records.write_text("{}\n", "utf-8")
    with pytest.raises(
        InputError, match=r"p\.jsonl is not one text; name a \.txt, \.md or \.pdf file"
    ):
        inspect(records, pages="auto", out=io.StringIO())
    with pytest.raises(InputError, match=r"missing\.txt: cannot be read"):
        inspect(tmp_path / "missing.txt", pages="auto", out=io.StringIO())


@pytest.mark.parametrize(
    ("text", "pages", "printed"),
    [
        ("新 桥 通 车\n\n石匠说,桥很稳。\n\n(下转第四版)\n", "auto", True),
        ("新 桥 通 车\n\n石匠说,桥很稳。\n\n(下转第四版)\n", "never", False),
        ("石匠说,桥很稳。\n\n(下转第四版)\n", "auto", False),
        ("石匠说,桥很稳。\n\n(下转第四版)\n", "always", True),
    ],
)
def test_a_file_is_read_as_a_page_if_told_so_or_if_the_signs_say_so(
    tmp_path: Path, text: str, pages: str, printed: bool
) -> None:
    source = tmp_path / "p.txt"
    source.write_text(text, "utf-8")
    out = io.StringIO()
    inspect(source, as_json=True, pages=pages, out=out)
    found = json.loads(out.getvalue())
    assert found["shares"]["roles"]["continuation"] == (7 if printed else 0)
    assert found["signs"]["furniture"] == 1


def test_a_pdf_is_read_like_any_page(tmp_path: Path) -> None:
    source = tmp_path / "p.pdf"
    line = b"BT /F 12 Tf 50 700 Td (The old mill is open.) Tj ET"
    source.write_bytes(pdf([line]))
    out = io.StringIO()
    inspect(source, pages="never", out=out)
    assert "   body · line 1\n     The old mill is open.\n" in out.getvalue()


def test_the_name_of_a_folder_gives_the_day_of_the_paper(tmp_path: Path) -> None:
    source = tmp_path / "2030-04-09" / "p.txt"
    source.parent.mkdir()
    source.write_text("新 桥 通 车\n\n石匠说,桥很稳。\n\n(下转第四版)\n", "utf-8")
    out = io.StringIO()
    inspect(source, as_json=True, pages="auto", out=out)
    (article,) = json.loads(out.getvalue())["articles"]
    assert (article["date"], article["date_precision"]) == ("2030-04-09", "issue")
