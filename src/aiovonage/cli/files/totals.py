"""Recognises totals below the data, such as `Total;3` or `5,000 rows`."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORDS = r"(?:grand\s+|sub-?)?totals?|sum|summe|gesamt|anzahl|count|end of (?:file|report)|eof"

_EXACT = re.compile(rf"(?:{_WORDS})\s*:?", re.IGNORECASE)
_BEGINS = re.compile(rf"(?:{_WORDS})\b|\(?[0-9][0-9,.]*+\s*+(?:rows?|records?|numbers?|entries|lines)\b", re.IGNORECASE)

_PLAIN = frozenset("+0123456789")


def may_be_total(cells: Sequence[object]) -> bool:
    """A fast check that rules out nearly all rows. The label of a total is in the first or the last non-empty cell."""
    for cell in (cells[0], cells[-1]) if len(cells) > 1 else cells:
        if not cell:
            return True
        if not isinstance(cell, str) or (cell[0] in _PLAIN and cell[-1] in _PLAIN):
            continue
        if _BEGINS.match(cell.lstrip()):
            return True
    return False


def is_total(cells: Sequence[object], *, valid: bool) -> bool:
    """Whether a row is a total of the rows above it.

    Args:
        cells: The row.
        valid: Whether the number column has a valid number. Then only the bare word makes it a total: a sum can look
            like a phone number, and a customer can be called Total Wine.
    """
    pattern = _EXACT if valid else _BEGINS
    filled = [text for cell in cells if cell is not None and (text := str(cell).strip())]
    for text in (filled[0], filled[-1]) if filled else ():
        if pattern.fullmatch(text) if valid else pattern.match(text):
            return True
    return False
