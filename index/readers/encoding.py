"""Bytes → text, strictly: UTF-8 and UTF-16, and older encodings where the text proves them."""

import re

from index.errors import InputError

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROLS = 0.01  # share of control characters in text, some old files have a few
_BINARY = "looks like a binary file, not text; remove it or convert it to text"
# The bytes of a character in UTF-8; in other encodings few bytes stand together like that.
_UTF8_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_UTF8_SHARE = 0.8  # of the bytes beyond ASCII: this is UTF-8 with a fault
_SAMPLE = 1 << 20


def decode(data: bytes) -> str:
    """Bytes as text: UTF-8 or UTF-16, else GB18030, Big5, Shift_JIS, EUC or Windows-1252.

    A byte order mark is not part of the text. No byte is replaced or left out.

    Raises:
        InputError: binary data, damaged text, or an encoding that is not certain.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _text(_unicode(data[len(mark) :], name))
    if b"\x00" in data:
        from index.readers.legacy import decode_wide

        wide = decode_wide(data)
        if wide is None:
            raise InputError(_BINARY)
        return _text(wide)
    try:
        return _text(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        if _was_utf8(data):
            raise InputError(_damage(data, error)) from error
    from index.readers.legacy import decode_legacy

    return _text(decode_legacy(data))


def _text(text: str) -> str:
    if len(_CONTROLS.findall(text)) > _MOST_CONTROLS * len(text):
        raise InputError(_BINARY)
    return text


def _unicode(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise InputError(_damage(data, error)) from error


def _was_utf8(data: bytes) -> bool:
    sample = data[:_SAMPLE]
    inside = sum(len(match) for match in _UTF8_CHARACTER.findall(sample))
    return inside > _UTF8_SHARE * len(_BEYOND_ASCII.findall(sample))


def _damage(data: bytes, error: UnicodeDecodeError) -> str:
    name = error.encoding.upper()
    if error.reason in ("unexpected end of data", "truncated data"):
        return f"is {name} that ends in the middle of a character; copy the whole file again"
    return (
        f"is {name}, but byte {error.start} is damaged; copy the file again, or mend the "
        "place in an editor"
    )
