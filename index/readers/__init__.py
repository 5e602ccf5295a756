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
from index.readers.reading import LARGEST, LARGEST_LINES, file_digest, read_file, read_unless_known

__all__ = [
    "LARGEST",
    "LARGEST_LINES",
    "SUFFIXES",
    "Fault",
    "LeftAlone",
    "SourceFile",
    "date_in_path",
    "decode",
    "file_digest",
    "find_files",
    "left_alone",
    "read_file",
    "read_unless_known",
]
