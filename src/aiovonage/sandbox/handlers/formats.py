"""Formats that the documents give in words, and not as a pattern."""

from __future__ import annotations


def is_phone(text: str) -> bool:
    """Whether a text is a number in E.164; with or without a plus, since the documents write both."""
    digits = text.removeprefix("+")
    return digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15


def is_two_letters(text: str) -> bool:
    """Whether a text is two capital letters, as the code of a state of the U.S.A."""
    return len(text) == 2 and text.isascii() and text.isalpha() and text.isupper()


def is_country(text: str) -> bool:
    """Whether a text is formed as a country is in ISO 3166-1 alpha-2."""
    return is_two_letters(text)
