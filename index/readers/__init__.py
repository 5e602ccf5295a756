"""Files and folders → Articles; a fault is reported, never skipped over.

Read are plain text, Markdown, web pages, PDF with a text layer, Word files, and lists of articles
(.jsonl, .csv, .tsv). The libraries that read a kind are imported when a file of it is read.
"""

from index.readers.dates import date_in_path
from index.readers.encoding import decode
from index.readers.files import (
    SUFFIXES,
    Fault,
    LeftAlone,
    SourceFile,
    find_files,
    left_alone,
)
from index.readers.reading import LARGEST, LARGEST_LINES, read_file

__all__ = [
    "LARGEST",
    "LARGEST_LINES",
    "SUFFIXES",
    "Fault",
    "LeftAlone",
    "SourceFile",
    "date_in_path",
    "decode",
    "find_files",
    "left_alone",
    "read_file",
]
