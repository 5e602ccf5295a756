import dataclasses
import gzip
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

import index.newspaper
from eval.__main__ import main
from eval.bench.damage import DamagedPage, TrueUnit, Truth
from eval.bench.pages import PageSource, damaged_pages, scored, taken_for_print
from eval.bench.pages_clean import from_markdown, from_record, part_of, read_clean
from eval.bench.pages_layout import Kind
from eval.bench.pages_scores import Score, row, score_page, tally
from index.article import Piece, Span
from index.errors import InputError
from index.newspaper.page import Page, PageArticle, Part, Role

# Two articles whose columns are out of order, a caption, a repeated fragment.
#      0 title, 1 body A, 2 caption, 3 body B (no headline), 4 rest of A
RAW = "桥头新事\n一早天晴。桥\n图为老桥。\n雨停了。人\n上有人。\n来了。来了。\n"


def unit(role: Role, article: int, *texts: str) -> TrueUnit:
    """A unit printed as these texts, each found where it first stands in RAW."""
    spans = tuple(Span(RAW.index(text), RAW.index(text) + len(text)) for text in texts)
    return TrueUnit(role, article, "".join(texts), spans)


REPEAT = TrueUnit(Role.REPEAT, 1, "来了。", (Span(32, 35),))
TRUTH = Truth(
    Kind.PIECES,
    (
        unit(Role.CAPTION, -1, "图为老桥。"),
        unit(Role.TITLE, 0, "桥头新事"),
        unit(Role.BODY, 0, "一早天晴。桥", "上有人。"),
        unit(Role.BODY, 1, "雨停了。人", "来了。"),
        REPEAT,
    ),
    ("XXXX-03-04", None),
    {},
)
PAGE = DamagedPage(RAW, TRUTH)


def part(role: Role, *spans: tuple[int, int]) -> Part:
    """A part of these raw spans of RAW."""
    text, pieces = "", []
    for start, end in spans:
        pieces.append(Piece(len(text), start, end - start))
        text += RAW[start:end]
    return Part(role, text, tuple(pieces))


def oracle(damaged: DamagedPage) -> Page:
    """The page that the truth describes."""

    def parts(article: int) -> tuple[Part, ...]:
        found = []
        for unit in (u for u in damaged.truth.units if u.article == article):
            text, pieces = "", []
            for span in unit.spans:
                pieces.append(Piece(len(text), span.start, len(span)))
                text += span.cut(damaged.raw)
            found.append(Part(unit.role, text, tuple(pieces)))
        return tuple(found)

    articles = (
        PageArticle(parts(number), date=date) for number, date in enumerate(damaged.truth.dates)
    )
    return Page(damaged.raw, tuple(articles), parts(-1))


def figures(page: Page) -> dict[str, object]:
    return {name: value for name, value in row(score_page(page, PAGE)).items() if value is not None}


def test_the_hand_made_truth_fits_its_page() -> None:
    covered = sorted(offset for unit in TRUTH.units for offset in unit.offsets)
    assert covered == [offset for offset, char in enumerate(RAW) if not char.isspace()]


def test_the_truth_itself_is_right_everywhere() -> None:
    found = figures(oracle(PAGE))
    assert found.pop("violations") == 0
    assert set(found.values()) == {1.0}
    assert set(found) == {
        *(f"{name} {what}" for name in ("joins", "borders") for what in ("P", "R", "F1")),
        *("titles", "dates", "order", "caption", "repeat"),
    }


def test_one_article_read_straight_down() -> None:
    """All body lines in printed order, joined; the caption seen; the repeat not."""
    body = part(Role.BODY, (5, 11), (18, 23), (24, 28), (29, 32))
    wrong = Page(
        RAW,
        (PageArticle((part(Role.TITLE, (0, 4)), body), date="2031-03-04"),),
        (part(Role.CAPTION, (12, 17)),),
    )
    found = figures(wrong)
    # True pairs of lines: 2→5 and 4→6; found: 2→4, 4→5, 5→6.
    assert (found["joins P"], found["joins R"], found["joins F1"]) == (0.0, 0.0, 0.0)
    # Articles begin on lines 2 and 4; found: line 2.
    assert (found["borders P"], found["borders R"]) == (1.0, 0.5)
    # The second article has no headline, but its found one has.
    assert found["titles"] == 0.5
    assert found["dates"] == 0.0  # the page does not give the year
    # 一早天晴。→桥上有人。 and 雨停了。→人来了。: the next sentence begins right behind both.
    assert found["order"] == 1.0
    assert found["caption"] == 1.0 and found["repeat"] == 0.0
    assert found["violations"] == 3  # the last 来了。 is in no part


def test_lines_left_alone() -> None:
    """Every line its own paragraph, in printed order; a headline that swallowed the caption."""
    spans = [(5, 11), (18, 23), (24, 28), (29, 35)]
    parts = [part(Role.TITLE, (0, 4), (12, 17)), *(part(Role.BODY, span) for span in spans)]
    found = figures(Page(RAW, (PageArticle(tuple(parts), date="XXXX-03-04"),)))
    assert "joins P" not in found and found["joins R"] == 0.0
    assert found["titles"] == 0.0 and found["dates"] == 1.0
    assert found["order"] == 1.0 and found["caption"] == 0.0 and found["violations"] == 0


def test_a_wrong_next_sentence() -> None:
    """The second article's pieces in the wrong order; a subtitle in the title is no fault."""
    pieces = (part(Role.BODY, (29, 32)), part(Role.BODY, (18, 23)))
    good, other = oracle(PAGE).articles
    found = figures(Page(RAW, (good, dataclasses.replace(other, parts=pieces)), ()))
    assert found["order"] == 1.0  # 人 still follows 雨停了。
    flipped = (part(Role.BODY, (22, 23), (29, 32), (18, 22)),)
    found = figures(Page(RAW, (good, dataclasses.replace(other, parts=flipped)), ()))
    assert found["order"] == 0.5  # nothing follows 雨停了。
    assert found["borders F1"] == 1.0  # it still begins on that line
    late = (part(Role.BODY, (18, 22), (29, 32), (22, 23)),)
    found = figures(Page(RAW, (good, dataclasses.replace(other, parts=late)), ()))
    assert found["order"] == 0.5  # what follows 雨停了。 is not 人


def test_white_space_inside_a_piece_is_no_matter() -> None:
    good, other = oracle(PAGE).articles
    parts = (part(Role.TITLE, (0, 5)), part(Role.BODY, (5, 12), (24, 29)))
    page = Page(RAW, (dataclasses.replace(good, parts=parts), other), oracle(PAGE).left_out)
    assert score_page(page, PAGE) == score_page(oracle(PAGE), PAGE)


def test_kicker_and_subtitle_count_neither_way() -> None:
    units = tuple(
        dataclasses.replace(unit, role=Role.SUBTITLE, article=0)
        if unit.role is Role.CAPTION
        else unit
        for unit in TRUTH.units
    )
    damaged = DamagedPage(RAW, dataclasses.replace(TRUTH, units=units))
    good, other = oracle(damaged).articles
    title = part(Role.TITLE, (0, 4), (12, 17))
    parts = (title, *good.with_role(Role.BODY))
    page = Page(RAW, (dataclasses.replace(good, parts=parts), other))
    assert tally(score_page(page, damaged), "titles").recall == 1.0


def test_violations() -> None:
    page = oracle(PAGE)
    twice = dataclasses.replace(page, left_out=(*page.left_out, part(Role.CAPTION, (0, 2))))
    assert score_page(twice, PAGE)["violations"] == 2
    lying = Part(Role.CAPTION, "图为新桥。", (Piece(0, 12, 5),))
    assert score_page(dataclasses.replace(page, left_out=(lying,)), PAGE)["violations"] == 2
    nothing = score_page(Page(RAW, ()), PAGE)
    assert nothing["violations"] == 30 and tally(nothing, "order").recall == 0.0


RECORDS = [
    {
        "date": f"203103{n:02d}",
        "title": f"【栏目】第{n}座桥通车 两岸百姓高兴",
        "body": "".join(
            f"<p><strong>消息</strong>：第{n}座桥第{k}天通车。两岸来了{k * 70}人，都说&ldquo;好"
            f"&rdquo;。桥长{n + k}00米，修了{k}年。桥头的老人说，以前过河要坐船。</p>"
            for k in range(1, 7)
        ),
    }
    for n in range(1, 21)
]


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    path = tmp_path / "clean.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for record in [*RECORDS, RECORDS[0]]:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path


def test_records_are_read() -> None:
    article = from_record(RECORDS[2])
    assert article.title == "第3座桥通车 两岸百姓高兴"
    assert str(article.date) == "2031-03-03" and not article.latin
    assert article.blocks[0] == (
        Role.BODY,
        "消息：第3座桥第1天通车。两岸来了70人，都说“好”。桥长400米，修了1年。桥头的老人说，以前过河要坐船。",
    )
    plain = from_record({"title": "Ferry", "body": "It sailed.\n\nIt came back."})
    assert plain.latin and plain.date is None
    assert [text for _, text in plain.blocks] == ["It sailed.", "It came back."]


def test_markdown_is_read() -> None:
    article = from_markdown(
        "---\ntitle: 桥\ndate: 2031-03-03\n---\n\n桥通了。\n\n## 以后\n\n真好。\n"
    )
    assert article.title == "桥" and str(article.date) == "2031-03-03"
    assert article.blocks == (
        (Role.BODY, "桥通了。"),
        (Role.HEADING, "以后"),
        (Role.BODY, "真好。"),
    )


def test_parts_do_not_overlap(clean: Path) -> None:
    titles = {p: {a.title for a in read_clean([clean], p)} for p in ("dev", "unseen", "all")}  # type: ignore[arg-type]
    assert len(titles["all"]) == 20
    assert titles["dev"] | titles["unseen"] == titles["all"]
    assert not titles["dev"] & titles["unseen"]
    assert part_of("渡口") == "dev"  # sha256 begins 9bd3…


def test_bulletins_and_short_articles_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "clean.jsonl"
    bulletin = {"title": "快讯", "body": "<p>桥通了</p><p>" + "桥修好了。" * 40 + "</p>"}
    path.write_text("\n".join(json.dumps(r) for r in [bulletin, {"title": "短", "body": "桥。"}]))
    with pytest.raises(InputError, match="no clean article"):
        read_clean([path])
    path.write_text("{broken")
    with pytest.raises(InputError, match="cannot be read as clean articles"):
        read_clean([path])
    with pytest.raises(InputError, match="cannot be read as clean articles"):
        read_clean([tmp_path / "missing.jsonl"])


def test_an_oracle_scores_one_on_every_page(clean: Path) -> None:
    source = PageSource([clean], "all", 60, 5)
    pages = list(damaged_pages(read_clean(source.files), source))
    assert pages == list(damaged_pages(read_clean(source.files), source))
    truths = {damaged.raw: damaged for damaged in pages}
    scores, _, size = scored(pages, lambda raw: oracle(truths[raw]))
    assert size == sum(len(damaged.raw.encode()) for damaged in pages)
    assert {kind: score["pages"] for kind, score in scores.items()} == {
        kind: sum(p.truth.kind is kind for p in pages) for kind in Kind
    }
    total = sum(scores.values(), Score())
    assert total["truth order"] > 1000 and total["truth dates"] > 50
    found = row(total)
    assert found.pop("violations") == 0
    assert set(found.values()) == {1.0}


def test_clean_articles_taken_for_print(clean: Path) -> None:
    articles = read_clean([clean])
    assert taken_for_print(articles, lambda raw: "第7座桥" in raw) == 1
    assert taken_for_print(articles, lambda raw: raw.endswith("坐船。\n")) == 20


def test_the_command(
    clean: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = PageSource([clean], "all", 6, 2)
    truths = {d.raw: d for d in damaged_pages(read_clean([clean]), source)}
    monkeypatch.setattr(index.newspaper, "read_page", lambda raw: oracle(truths[raw]))
    signs = SimpleNamespace(printed=False)
    monkeypatch.setattr(index.newspaper, "signs_of_print", lambda raw: signs)
    argv = ["bench", "pages", "--clean", str(clean), "--pages", "6", "--seed", "2"]
    assert main([*argv, "--part", "all", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[-2]["columns read"] == "all" and rows[-2]["pages"] == 6
    assert rows[-2]["order"] == rows[-2]["joins F1"] == 1.0
    assert (
        rows[-1]["clean articles"] == 20
        and rows[-1]["changed"] == 0
        and rows[-1]["MB/s (one timing)"] > 0
    )


def test_pages_are_written(clean: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "pages"
    argv = ["bench", "pages", "--clean", str(clean), "--pages", "3", "--part", "all"]
    assert main([*argv, "--write", str(folder)]) == 0
    assert "3 pages and their truth" in capsys.readouterr().out
    source = PageSource([clean], "all", 3, 1)
    for number, damaged in enumerate(damaged_pages(read_clean([clean]), source)):
        assert (folder / f"{number:04d}.txt").read_bytes().decode() == damaged.raw
        truth = json.loads((folder / f"{number:04d}.json").read_text("utf-8"))
        assert truth["kind"] == damaged.truth.kind.value
        for record, unit in zip(truth["units"], damaged.truth.units, strict=True):
            assert record["text"] == unit.text and record["role"] == unit.role.value
            assert record["spans"] == [[s.start, s.end] for s in unit.spans]
