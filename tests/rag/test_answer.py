from index.article import Article, Paragraph, Piece, Span
from rag.answer import Citation, Hit

# Printed in three lines: the end of the paragraph stands first in the file.
RAW = "还在。" + "别" * 50 + "桥很\n长，路"
PIECES = (Piece(0, 53, 2), Piece(2, 56, 3), Piece(5, 0, 3))
TEXT = "桥很长，路还在。"


def citation(start: int, end: int) -> Citation:
    paragraph = Paragraph("p", "a", 0, TEXT, Span(53, 59), PIECES, context="别的话")
    article = Article("a", "s.txt", "桥", RAW, Span(0, len(RAW)), "XXXX-04-08")
    return Citation(1, Hit(paragraph, article, 1.0), Span(start, end))


def test_words_printed_in_one_place() -> None:
    fields = citation(0, 5).to_json()
    assert fields["raw"] == {"start": 53, "end": 59}
    assert "raw_parts" not in fields
    assert fields["date"] == "XXXX-04-08"


def test_words_printed_in_several_places() -> None:
    found = citation(3, 8)
    assert found.to_json()["raw"] == {"start": 0, "end": 3}  # the longest
    assert found.to_json()["raw_parts"] == [{"start": 57, "end": 59}, {"start": 0, "end": 3}]
    assert "".join(place.cut(RAW) for place in found.raw_parts) == found.quote_text == "，路还在。"


def test_what_a_neighbour_says_does_not_stand_over_a_paragraph() -> None:
    assert citation(0, 5).hit.context == ""  # the title stands in the paragraph
    assert "别的话" not in citation(0, 5).hit.context
