"""Formats that the documents give in words rather than as a pattern."""

from __future__ import annotations


def is_phone(text: str) -> bool:
    """Whether a text is a number in E.164. The plus is optional, since the documents show both forms."""
    digits = text.removeprefix("+")
    return digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15


def is_two_letters(text: str) -> bool:
    """Whether a text is two capital letters, such as the code of a US state."""
    return len(text) == 2 and text.isascii() and text.isalpha() and text.isupper()


def is_country(text: str) -> bool:
    """Whether a text has the form of a country in ISO 3166-1 alpha-2."""
    return is_two_letters(text)
