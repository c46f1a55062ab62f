"""The forms in which lists write phone numbers: clients of the live API report more than the documents show."""

from __future__ import annotations

from typing import Any

from aiovonage.sandbox.behaviour import NumberFormat


def written(number: str, form: NumberFormat) -> Any:
    """A number as an element of a list of numbers."""
    return {"number": number} if form == "object" else member(number, form)


def member(number: str, form: NumberFormat) -> str | int:
    """A number as a member of an object."""
    if form == "plus":
        return f"+{number}"
    if form == "spaces" and len(number) == 11:  # the North American form
        return f"{number[0]} {number[1:4]} {number[4:7]} {number[7:]}"
    if form == "spaces":
        return f"{number[:3]} {number[3:]}"
    return int(number) if form == "int" and number.isdigit() else number
