"""`aiovonage journal`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click

from aiovonage.bulk import Journal, LinkOutcome, Status
from aiovonage.cli.exits import report_errors


def _statuses(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> frozenset[Status]:
    names = [name.strip().lower().replace("-", "_") for text in value for name in text.split(",") if name.strip()]
    known = {str(status) for status in Status}
    if unknown := sorted(set(names) - known):
        raise click.BadParameter(f"{', '.join(unknown)}: the statuses are {', '.join(sorted(known))}")
    return frozenset(map(Status, names))


@click.group("journal", short_help="Read the journal of a run.")
def journal() -> None:
    """Read the journal of a run, even while the run is in progress. Nothing is changed."""


@journal.command("show", short_help="Show the outcomes in a journal.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--status", "statuses", multiple=True, callback=_statuses, help="Only outcomes with this status, or these: a,b."
)
@click.option("--summary", is_flag=True, help="Count the outcomes instead of listing them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@report_errors
def show(*, file: Path, statuses: frozenset[Status], summary: bool, as_json: bool) -> None:
    """Show the outcomes in FILE: number, status, carrier status, campaign and reason, separated by tabs.

    \b
        aiovonage journal show links.db --status rejected,failed
        aiovonage journal show links.db --summary
    """
    recorded = Journal(file)
    outcomes = (outcome for outcome in recorded if not statuses or outcome.status in statuses)
    if summary:
        counts = Counter(str(outcome.status) for outcome in outcomes)
        if as_json:
            click.echo(json.dumps({"run": recorded.run, "counts": counts}))
            return
        click.echo(", ".join(f"{name} {value}" for name, value in recorded.run.items()))
        for name, count in counts.items():
            click.echo(f"{count:>10,}  {name.replace('_', ' ')}")
        return
    for outcome in outcomes:
        click.echo(json.dumps(_members(outcome), ensure_ascii=False) if as_json else _line(outcome))


def _members(outcome: LinkOutcome) -> dict[str, str | None]:
    problem = outcome.problem
    return {
        "number": outcome.number,
        "status": str(outcome.status),
        "carrier_status": outcome.carrier_status,
        "brand_id": outcome.brand_id,
        "campaign_id": outcome.campaign_id,
        "code": problem.code if problem is not None else None,
        "reason": _reason(outcome),
    }


def _line(outcome: LinkOutcome) -> str:
    cells = (outcome.number, str(outcome.status), outcome.carrier_status, outcome.campaign_id, _reason(outcome))
    return "\t".join(" ".join((cell or "").split()) for cell in cells).rstrip("\t")


def _reason(outcome: LinkOutcome) -> str | None:
    if (problem := outcome.problem) is None:
        return None
    return ": ".join(text for text in (problem.title, problem.detail) if text) or None
