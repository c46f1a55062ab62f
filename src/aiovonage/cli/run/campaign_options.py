"""The options of commands on the numbers of 10DLC campaigns, and the plans that they describe."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import click

from aiovonage.bulk import BulkRun
from aiovonage.bulk._input.numbers import ten_dlc_country
from aiovonage.bulk._targets import Target
from aiovonage.cli.run.plan import Plan
from aiovonage.errors import ConfigurationError

Command = Callable[..., Any]


def _country(_: click.Context, __: click.Parameter, value: str) -> str:
    try:
        return ten_dlc_country(value)
    except ConfigurationError as error:
        raise click.BadParameter(str(error)) from None


@attrs.frozen(kw_only=True)
class Campaign:
    """The campaign of all rows. The ids are None if each row has its own.

    Attributes:
        brand_id: The brand.
        campaign_id: The campaign.
        country: The country of the numbers.
    """

    brand_id: str | None
    campaign_id: str | None
    country: str


def campaign_options(*, required: bool) -> Callable[[Command], Command]:
    """Add --brand, --campaign and --country to a command, which receives them as `campaign`.

    Args:
        required: Whether the campaign is required. Otherwise, each row of a file may name its own.
    """
    each = "" if required else " Default: that in the columns brand_id and campaign_id."

    def add(command: Command) -> Command:
        @functools.wraps(command)
        def collected(*args: Any, **given: Any) -> Any:
            brand, campaign = given.pop("brand_id"), given.pop("campaign_id")
            if (brand is None) != (campaign is None):
                lacks = "--brand" if brand is None else "--campaign"
                raise click.UsageError(f"{lacks} is missing: give both --brand and --campaign, or neither")
            country = given.pop("country")
            chosen = Campaign(brand_id=brand, campaign_id=campaign, country=country)
            return command(*args, campaign=chosen, **given)

        options = [
            click.option("--brand", "brand_id", required=required, help=f"The brand of the campaign.{each}"),
            click.option("--campaign", "campaign_id", required=required, help=f"The campaign.{each}"),
            click.option(
                "--country",
                default="US",
                show_default=True,
                callback=_country,
                help="The country of the numbers: US or CA.",
            ),
        ]
        found: Command = collected
        for option in reversed(options):
            found = option(found)
        return found

    return add


def campaign_plan(
    verb: str,
    campaign: Campaign,
    operation: str,
    done: str,
    *,
    compliance: tuple[str, ...] = (),
    more: Mapping[str, Any] | None = None,
    batch_size: int = 1,
    changes: bool = True,
    follows: bool = False,
    plan_of_api: bool = False,
) -> Plan:
    """The plan of a command on campaigns.

    Args:
        verb: `link`, `unlink`, `check` or `sync`. For one campaign, `_numbers` is added to get the name of the job.
        campaign: The campaign.
        operation: The operation that is sent.
        done: The status of a number that succeeded.
        compliance: The flags of link requests.
        more: Further arguments of the job.
        batch_size: The number of numbers per request.
        changes: Whether the job changes anything.
        follows: Whether the run may wait long for the carriers.
        plan_of_api: Whether the job has its own dry run, which asks the API.
    """
    given = dict(more or {})
    target: Target | None
    path: tuple[str, ...]
    brand_id, campaign_id = campaign.brand_id, campaign.campaign_id
    if brand_id is None or campaign_id is None:
        target, path, run = None, (), {"job": verb}

        def start(bulk: Any, entries: Any, **how: Any) -> BulkRun:
            found: BulkRun = getattr(bulk, verb)(entries, **given, **how)
            return found

    else:
        target = Target(brand_id, campaign_id, campaign.country, compliance)
        path = (brand_id, campaign_id)
        run = {"job": f"{verb}_numbers", "brand": brand_id, "campaign": campaign_id}
        if verb in {"link", "sync"}:
            run["country"] = campaign.country
        if "remove" in given:
            run["remove"] = "yes" if given["remove"] else "no"
        flags = {"compliance": compliance} if compliance else {}

        def start(bulk: Any, entries: Any, **how: Any) -> BulkRun:
            method = getattr(bulk, f"{verb}_numbers")
            found: BulkRun = method(brand_id, campaign_id, entries, country=campaign.country, **flags, **given, **how)
            return found

    return Plan(
        operation=operation,
        path=path,
        run=run,
        done=done,
        target=target,
        start=start,
        country=campaign.country,
        compliance=compliance,
        batch_size=batch_size,
        changes=changes,
        follows=follows,
        warning=_warning(compliance, campaign_id),
        plan_of_api=functools.partial(start, dry_run=True) if plan_of_api else None,
    )


def _warning(compliance: tuple[str, ...], campaign_id: str | None) -> str | None:
    if not compliance:
        return None
    where = f"campaign {campaign_id}" if campaign_id is not None else "each campaign"
    return (
        f"--hipaa: the first number that is linked decides for ever whether {where} is HIPAA, with all of its numbers"
    )
