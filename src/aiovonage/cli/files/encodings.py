"""Detects the encoding of a text from its first bytes: a byte order mark, or the NULs of UTF-16 without one."""

from __future__ import annotations

import codecs

from aiovonage.errors import ConfigurationError

_MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
]


def encoding_of(head: bytes) -> tuple[str, str]:
    """The encoding: its name in Python, and its name for messages."""
    for mark, encoding, words in _MARKS:
        if head.startswith(mark):
            return encoding, words
    even, odd = head[0:200:2], head[1:200:2]
    for encoding, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        # Lists of numbers are mostly ASCII, so that every other byte of UTF-16 is NUL.
        if len(zeros) >= 2 and zeros.count(0) >= 0.8 * len(zeros) and others.count(0) == 0:
            return encoding, f"UTF-16 without a byte order mark ({encoding})"
    return "utf-8", "UTF-8"


def known_encoding(name: str, head: bytes) -> str:
    """The encoding that the user names, in a variant that skips a byte order mark.

    Raises:
        ConfigurationError: if Python does not know it.
    """
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)  # `hex` and the like are codecs, but not text encodings
    except (LookupError, UnicodeError):
        raise ConfigurationError(
            f"--encoding {name} is not known; usual ones are utf-8, utf-16 and cp1252 (Excel on Windows)"
        ) from None
    if codec.name == "utf-8":
        return "utf-8-sig"
    if codec.name in {"utf-16-le", "utf-16-be"} and head[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return "utf-16"
    return codec.name
