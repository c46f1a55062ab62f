"""What a number is linked to: rows of the input, and where each goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import attrs

from aiovonage.bulk._input.numbers import ten_dlc_country
from aiovonage.errors import InvalidValue

Action = Literal["", "remove"]


@attrs.frozen
class Target:
    """Where a number goes.

    Attributes:
        brand_id: The brand of the campaign; empty for an engagement.
        campaign_id: The campaign; empty for an engagement.
        country: The country in which the numbers are read; empty for numbers in international form only.
        compliance: The flags of the link request.
        action: `remove` for numbers that a synchronisation takes out of the campaign.
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
    """Flags of compliance as a tuple.

    Raises:
        InvalidValue: for one text in the place of several flags, and for a flag that is not text.
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
    """A row of the input: a number, and the campaign that it is linked to.

        rows = [Link("12025550101", "BLQKOPK", "C1DEB879"), Link("(202) 555-0102", "BLQKOPK", "CXK2LQP")]
        run = vonage.bulk.link(rows)

    Attributes:
        number: The number, as text or number.
        brand_id: The brand of the campaign.
        campaign_id: The campaign.
        country: The country in which the number is read: US or CA.
        compliance: Flags of the link request, as `("HIPAA",)`.

    Raises:
        InvalidValue: for a row without brand or campaign.
        ConfigurationError: for a country that 10DLC does not know.
    """

    __module__ = "aiovonage.bulk"

    number: object
    brand_id: str = attrs.field(validator=_text)
    campaign_id: str = attrs.field(validator=_text)
    country: str = attrs.field(default="US", converter=ten_dlc_country)
    compliance: Sequence[str] = attrs.field(default=(), converter=flags)

    @property
    def target(self) -> Target:
        """Where the number goes."""
        return Target(self.brand_id, self.campaign_id, self.country, tuple(self.compliance))
