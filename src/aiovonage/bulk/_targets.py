"""The targets of numbers: the rows of the input, and the campaign of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import attrs

from aiovonage.bulk._input.numbers import ten_dlc_country
from aiovonage.errors import InvalidValue

Action = Literal["", "remove"]


@attrs.frozen
class Target:
    """The destination of a number.

    Attributes:
        brand_id: The brand of the campaign; empty for an engagement.
        campaign_id: The campaign; empty for an engagement.
        country: The country of numbers in national form; empty if only international form is accepted.
        compliance: The flags of the link request.
        action: `remove` for numbers that a sync removes from the campaign.
    """

    brand_id: str = ""
    campaign_id: str = ""
    country: str = ""
    compliance: tuple[str, ...] = ()
    action: Action = ""

    def __str__(self) -> str:
        return f"campaign {self.campaign_id} of brand {self.brand_id}"


def _text(row: Link, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InvalidValue(type(row).__name__, attribute.name, repr(value), "must be the id of a thing, as text")


def flags(compliance: Iterable[str]) -> tuple[str, ...]:
    """Validate compliance flags and return them as a tuple.

    Raises:
        InvalidValue: if the flags are a single string instead of a sequence, or a flag is not a string.
    """
    if isinstance(compliance, str):
        raise InvalidValue("bulk", "compliance", repr(compliance), f"must be a sequence of flags: ({compliance!r},)")
    found = tuple(compliance)
    for flag in found:
        if not isinstance(flag, str) or not flag:
            raise InvalidValue("bulk", "compliance", repr(flag), "must be a sequence of texts")
    return found


@attrs.frozen
class Link:
    """A row of the input: a number and its campaign.

        rows = [Link("12025550101", "BLQKOPK", "C1DEB879"), Link("(202) 555-0102", "BLQKOPK", "CXK2LQP")]
        run = vonage.bulk.link(rows)

    Attributes:
        number: The number, as a string or a numeric value.
        brand_id: The brand of the campaign.
        campaign_id: The campaign.
        country: The country of a number in national form: `US` or `CA`.
        compliance: Flags of the link request, such as `("HIPAA",)`.

    Raises:
        InvalidValue: if the brand or the campaign is missing, or a compliance flag is invalid.
        ConfigurationError: if 10DLC does not support the country.
    """

    __module__ = "aiovonage.bulk"

    number: object
    brand_id: str = attrs.field(validator=_text)
    campaign_id: str = attrs.field(validator=_text)
    country: str = attrs.field(default="US", converter=ten_dlc_country)
    compliance: Sequence[str] = attrs.field(default=(), converter=flags)

    @property
    def target(self) -> Target:
        """The destination of the number."""
        return Target(self.brand_id, self.campaign_id, self.country, tuple(self.compliance))
