"""The rules that the sandbox follows where the documents leave a choice."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import attrs

from aiovonage.sandbox.carriers import Carriers
from aiovonage.sandbox.checks import Setting, is_one_of, is_seconds

NumberFormat = Literal["plain", "plus", "spaces", "int", "object"]
NUMBER_FORMATS: tuple[NumberFormat, ...] = ("plain", "plus", "spaces", "int", "object")


def _is_page_size(_: object, setting: Setting, value: Any) -> None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise ValueError(f"Sandbox.{setting.name} must be a whole number from 1, or None, not {value!r}")


@attrs.frozen(kw_only=True)
class Behaviour:
    """The rules that the sandbox follows.

    Attributes:
        carriers: How the carriers decide on links.
        visible_after: Seconds until GETs and lists show that a number was linked, unlinked, added or removed. Writes
            see it at once: a second POST of a number gets a 409 while a GET still gets a 404.
        number_format: How lists write numbers.
        max_page_size: The largest page, in items; None for the limit of each list.
        page_size_error: Whether a larger `page_size` gets a 400 instead of being capped.
    """

    SET_ON: ClassVar = "Sandbox"

    carriers: Carriers = attrs.field(factory=Carriers, validator=attrs.validators.instance_of(Carriers))
    visible_after: float = attrs.field(default=0.0, validator=is_seconds)
    number_format: NumberFormat = attrs.field(default="plain", validator=is_one_of(NUMBER_FORMATS))
    max_page_size: int | None = attrs.field(default=None, validator=_is_page_size)
    page_size_error: bool = False

    def __attrs_post_init__(self) -> None:
        if self.page_size_error and self.max_page_size is None:
            raise ValueError("Sandbox.page_size_error needs max_page_size: without it no page is too large")
