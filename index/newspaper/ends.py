"""How lines end and begin: closed by a full stop, or open."""

STOPS = frozenset("。！？!?｡")
CLOSERS = frozenset("”’」』）)】》〉〕\"'")
CLAUSE = frozenset("，、；：,;:﹐﹑")
NEVER_FIRST = frozenset("，。、；：？！”’」』）】》〉〕,;:?!%％…·")
OPENING, CLOSING = "“「『（《(", "”」』）》)"


def ends_closed(text: str) -> bool:
    """Whether the text ends a sentence: a full stop, also inside closing quotation marks."""
    last = text[-1:]
    if last in STOPS:
        return True
    if last in CLOSERS:
        bare = text.rstrip("”’」』）)】》〉〕\"'")
        return bare[-1:] in STOPS or bare[-1:] == "…" or (bare[-1:] == "." and last in "\"'”’)")
    if last == ".":
        return len(text) > 1 and not text[-2].isdigit() and text[-2] != " "
    return text.endswith("……")


def ends_open(text: str) -> bool:
    """Whether the text stops inside a sentence, so that it must go on somewhere."""
    return bool(text) and not ends_closed(text)


def ends_clause(text: str) -> bool:
    """Whether the text stops at a comma, a colon or the like."""
    return text[-1:] in CLAUSE


def cannot_begin(text: str) -> bool:
    """Whether no paragraph and no sentence begins like this."""
    return text[:1] in NEVER_FIRST and not text.startswith("……")


def commas(text: str) -> int:
    """1 where the commas are full-width, -1 where they are ASCII, 0 where it is not known."""
    wide, narrow = text.count("，"), text.count(",")
    return (wide > narrow) - (narrow > wide)


def open_marks(text: str) -> int:
    """Quotation marks and brackets opened and not closed, less those closed and not opened."""
    return sum(map(text.count, OPENING)) - sum(map(text.count, CLOSING))
