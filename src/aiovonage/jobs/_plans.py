"""What a job does with its numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeAlias, cast

import attrs

from aiovonage.bulk import MAX_REFUSALS, PATIENCE, UNLINK_PATIENCE
from aiovonage.bulk._input.numbers import ten_dlc_country
from aiovonage.bulk._jobs.wanted import Until
from aiovonage.bulk._targets import Link, Target, flags
from aiovonage.errors import ConfigurationError, InvalidValue


def _campaign(plan: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if plan.brand_id is None and plan.campaign_id is None and not plan._needs_campaign:
        return
    if not isinstance(value, str) or not value.strip():
        raise InvalidValue(type(plan).__name__, attribute.name, repr(value), "must be the id of a thing, as text")


def _account(plan: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise InvalidValue(type(plan).__name__, "account", repr(value), "must be an API key, or None")


def _seconds(plan: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise InvalidValue(type(plan).__name__, attribute.name, repr(value), "must be a number of seconds, 0 or more")


def _until(plan: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if value not in {"accepted", "approved"}:
        raise InvalidValue(type(plan).__name__, attribute.name, repr(value), "must be 'accepted' or 'approved'")


def _refusals(plan: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise InvalidValue(type(plan).__name__, attribute.name, repr(value), "must be at least 1, or None for no limit")


class _Plan:
    """What all plans have in common."""

    _needs_campaign: ClassVar[bool] = False
    verb: ClassVar[str]
    brand_id: str | None
    campaign_id: str | None
    country: str
    account: str | None

    @property
    def target(self) -> Target | None:
        """Where the numbers go; None if each row names its own campaign."""
        if self.brand_id is None or self.campaign_id is None:
            return None
        return Target(self.brand_id, self.campaign_id, self.country, tuple(getattr(self, "compliance", ())))

    @property
    def follows(self) -> bool:
        """Whether numbers are followed after the API has accepted them."""
        return True

    def row(self, given: object) -> tuple[object, Target]:
        """Return a number of the input and where it goes.

        Raises:
            ConfigurationError: if each row must name its campaign and this one is not a `Link`.
        """
        if (target := self.target) is not None:
            return given, target
        if not isinstance(given, Link):
            raise ConfigurationError(
                f"a row must be a Link, not {type(given).__name__}: {type(self).__name__} names no campaign, so each "
                "row names its own"
            )
        return given.number, given.target

    def to_json(self) -> str:
        """Serialise the plan for the store, without the account, which has its own column."""
        members = {"job": self.verb, **attrs.asdict(cast("Any", self))}
        del members["account"]
        return json.dumps(members, sort_keys=True)

    def __str__(self) -> str:
        if self.brand_id is None:
            return f"{self.verb} numbers, each row to its own campaign"
        return f"{self.verb} numbers, campaign {self.campaign_id} of brand {self.brand_id}"


@attrs.frozen(kw_only=True, str=False)
class LinkNumbers(_Plan):
    """Link numbers to a 10DLC campaign. Without brand and campaign, each row is a `Link` that names its own.

        LinkNumbers("BLQKOPK", "C1DEB879", until="approved")

    Attributes:
        brand_id: The brand of the campaign.
        campaign_id: The campaign.
        country: The country that numbers are parsed for, `US` or `CA`.
        compliance: Flags of the link request, such as `("HIPAA",)`.
        until: `accepted`: a number is done when the API has accepted the request. `approved`: the job follows it until
            the carriers have decided.
        patience: Seconds for which an accepted number is followed, from when the API accepted it. A number that is
            still undecided then stays `accepted` and is not ok.
        max_refusals: How many consecutive refusals for the same reason pause the job; None for no limit.
        account: The API key of the account. Default: that of the `Jobs`.

    Raises:
        InvalidValue: if a value is invalid.
        ConfigurationError: if 10DLC does not support the country.
    """

    verb: ClassVar[str] = "link"
    brand_id: str | None = attrs.field(default=None, kw_only=False, validator=_campaign)
    campaign_id: str | None = attrs.field(default=None, kw_only=False, validator=_campaign)
    country: str = attrs.field(default="US", converter=ten_dlc_country)
    compliance: Sequence[str] = attrs.field(default=(), converter=flags)
    until: Until = attrs.field(default="accepted", validator=_until)
    patience: float = attrs.field(default=PATIENCE, validator=_seconds)
    max_refusals: int | None = attrs.field(default=MAX_REFUSALS, validator=_refusals)
    account: str | None = attrs.field(default=None, validator=_account)

    @property
    def follows(self) -> bool:
        return self.until == "approved"


@attrs.frozen(kw_only=True, str=False)
class UnlinkNumbers(_Plan):
    """Unlink numbers from a 10DLC campaign. Without brand and campaign, each row is a `Link` that names its own.

    Attributes:
        brand_id: The brand of the campaign.
        campaign_id: The campaign.
        country: The country that numbers are parsed for, `US` or `CA`.
        patience: Seconds for which an unlinked number is followed until it is gone from the campaign.
        max_refusals: How many consecutive refusals for the same reason pause the job; None for no limit.
        account: The API key of the account. Default: that of the `Jobs`.

    Raises:
        InvalidValue: if a value is invalid.
        ConfigurationError: if 10DLC does not support the country.
    """

    verb: ClassVar[str] = "unlink"
    brand_id: str | None = attrs.field(default=None, kw_only=False, validator=_campaign)
    campaign_id: str | None = attrs.field(default=None, kw_only=False, validator=_campaign)
    country: str = attrs.field(default="US", converter=ten_dlc_country)
    patience: float = attrs.field(default=UNLINK_PATIENCE, validator=_seconds)
    max_refusals: int | None = attrs.field(default=MAX_REFUSALS, validator=_refusals)
    account: str | None = attrs.field(default=None, validator=_account)

    @property
    def until(self) -> Until:
        """An unlinked number is always followed until it is gone."""
        return "accepted"


@attrs.frozen(kw_only=True, str=False)
class SyncNumbers(_Plan):
    """Make a 10DLC campaign hold the numbers of the input: link missing ones and, with `remove`, unlink all others.

    Attributes:
        brand_id: The brand of the campaign.
        campaign_id: The campaign.
        remove: Unlink the campaign's numbers that are not in the input, once all missing ones have been linked. Such a
            job is refused if an entry of the input is not a valid number, or if the input has no numbers.
        country: The country that numbers are parsed for, `US` or `CA`.
        compliance: Flags of the link request.
        until: How far links are followed; see `LinkNumbers`.
        patience: Seconds for which an accepted link is followed.
        max_refusals: How many consecutive refusals for the same reason pause the job; None for no limit.
        account: The API key of the account. Default: that of the `Jobs`.

    Raises:
        InvalidValue: if a value is invalid.
        ConfigurationError: if 10DLC does not support the country.
    """

    verb: ClassVar[str] = "sync"
    _needs_campaign: ClassVar[bool] = True
    brand_id: str = attrs.field(kw_only=False, validator=_campaign)
    campaign_id: str = attrs.field(kw_only=False, validator=_campaign)
    remove: bool = False
    country: str = attrs.field(default="US", converter=ten_dlc_country)
    compliance: Sequence[str] = attrs.field(default=(), converter=flags)
    until: Until = attrs.field(default="accepted", validator=_until)
    patience: float = attrs.field(default=PATIENCE, validator=_seconds)
    max_refusals: int | None = attrs.field(default=MAX_REFUSALS, validator=_refusals)
    account: str | None = attrs.field(default=None, validator=_account)

    @property
    def follows(self) -> bool:
        return self.until == "approved"


Plan: TypeAlias = LinkNumbers | UnlinkNumbers | SyncNumbers

_PLANS: Mapping[str, type[Plan]] = {"link": LinkNumbers, "unlink": UnlinkNumbers, "sync": SyncNumbers}


def plan_from(text: str, account: str) -> Plan:
    """Load a plan from the store."""
    members: dict[str, Any] = json.loads(text)
    made = _PLANS[members.pop("job")]
    return made(**members, account=account)
