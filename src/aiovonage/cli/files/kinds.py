"""Recognises a file by its first bytes, whatever its name."""

from __future__ import annotations

from aiovonage.cli.files.errors import FileError

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"

_SAVE = "Save it as .xlsx or .csv"

_OTHERS = [
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", f"it is an old Excel workbook (.xls), or one with a password. {_SAVE}"),
    (b"%PDF", "it is a PDF. Ask for the numbers as .csv or .xlsx"),
    (
        b"SQLite format 3\0",
        "it is an SQLite database, such as a journal. FILE is the list of numbers; give a journal as --journal",
    ),
    (b"PAR1", "it is a Parquet file. Save it as .csv"),
    (b"BZh", "it is compressed with bzip2. Unpack it, or compress it with gzip"),
    (b"\xfd7zXZ\0", "it is compressed with xz. Unpack it, or compress it with gzip"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd. Unpack it, or compress it with gzip"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive. Unpack it first"),
    (b"{\\rtf", "it is a document (RTF). Save it as plain text or .csv"),
]

_HTML = (b"<!doctype html", b"<html", b"<head", b"<body", b"<table")


def refuse_other_kinds(path: str, head: bytes) -> None:
    """Refuse a file that certainly is not a list of numbers.

    Raises:
        FileError: if it is one; the message says what it is and what to do.
    """
    for magic, problem in _OTHERS:
        if head.startswith(magic):
            raise FileError(path, problem)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_HTML):
        raise FileError(
            path,
            "it is a web page (HTML), perhaps a login page instead of the download. Download it again, or save the "
            "table as .xlsx or .csv",
        )
    if start.startswith(b"<?xml"):
        raise FileError(path, f"it is XML. {_SAVE}")
