"""Shows the result of a dry run as text or JSON."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import click

from aiovonage.cli.run.dry_run import Forecast, Reason

SHOWN = 10
"""The most rows that are shown of each kind; --json has all of them."""


@attrs.frozen(kw_only=True)
class Framing:
    """What is shown besides the counts.

    Attributes:
        request: Method and URL.
        batch_size: The most numbers per request.
        journal: The journal of the run.
        left_out: The lines of totals.
        reading: How the input was read.
        standing: The numbers by their status at the API; None if it was not asked.
    """

    request: str
    batch_size: int
    journal: Path | None
    left_out: list[int]
    reading: str
    standing: Counter[str] | None = None


def as_json(found: Forecast, framing: Framing) -> str:
    """The whole result as JSON."""
    said: dict[str, Any] = {
        "input": framing.reading,
        "numbers": found.numbers,
        "send": found.send,
        "settle": found.settle,
        "done": found.done.total(),
        "done_by_status": dict(found.done),
        "invalid": [given for _, given, _ in found.invalid],
        "invalid_rows": [{"line": line, "given": given, "reason": reason} for line, given, reason in found.invalid],
        "duplicate": [number for _, number in found.duplicate],
        "duplicate_lines": [line for line, _ in found.duplicate],
        "national": found.national,
        "left_out_lines": framing.left_out,
        "targets": [
            {"brand_id": target.brand_id, "campaign_id": target.campaign_id, "numbers": count}
            for target, count in found.targets.items()
            if target.campaign_id
        ],
        "request": framing.request,
        "requests": _requests(found, framing),
        "batch_size": framing.batch_size,
        "dry_run": True,
    }
    if framing.standing is not None:
        said["against_api"] = dict(framing.standing)
    return json.dumps(said)


def show(found: Forecast, framing: Framing) -> None:
    """Print the counts, and the first rows of each kind with their lines."""
    requests = _requests(found, framing)
    each = "one for each number" if framing.batch_size == 1 else f"up to {framing.batch_size} numbers each"
    click.echo(framing.request)
    _line(requests, f"requests, {each}" if requests else "requests")
    _line(found.send, "would be sent")
    if len(found.targets) > 1:
        for target, count in found.targets.most_common():
            click.echo(f"{'':>12}{count:>10,}  to campaign {target.campaign_id} of brand {target.brand_id}")
    if framing.journal is not None:
        _line(found.settle, "would be looked up first: an earlier run may have sent them")
        by_status = ", ".join(f"{count:,} {status.replace('_', ' ')}" for status, count in found.done.items())
        _line(
            found.done.total(),
            f"done already, by the journal {framing.journal}{': ' if by_status else ''}{by_status}",
        )
    if framing.standing is not None:
        _show_standing(framing.standing)
    _show_invalid(found)
    _show_rows(found.duplicates, "duplicate")
    if found.national:
        line, given, number = found.national_first[0]
        _line(found.national, f"without their country code: {given} in line {line:,} is read as {number}")
    if framing.left_out:
        _line(
            len(framing.left_out),
            f"left out as {'a total' if len(framing.left_out) == 1 else 'totals'}: {_lines(framing.left_out)}",
        )
    _line(found.numbers, "numbers. Nothing was sent." if found.numbers != 1 else "number. Nothing was sent.")


def _show_standing(standing: Counter[str]) -> None:
    words = {
        "linked": "are linked already, and approved",
        "accepted": "are linked already; the carriers have not decided",
        "rejected": "are linked already, but the carriers refuse them",
        "not_linked": "are not linked to the campaign",
        "failed": "could not be looked up",
        "link": "would be linked",
        "unlink": "would be unlinked",
    }
    click.echo("According to the API, of these:")
    for status, count in standing.items():
        _line(count, words.get(status, status.replace("_", " ")))


def _show_invalid(found: Forecast) -> None:
    rows = sorted(row for reason in found.reasons.values() for row in reason.first)[:SHOWN]
    everything = Reason(found.invalid_count, rows)
    _show_rows(everything, "invalid")
    for words, reason in sorted(found.reasons.items(), key=lambda item: -item[1].count):
        lines = _lines([line for line, _ in reason.first], reason.count - len(reason.first))
        click.echo(f"{'':>12}{reason.count:>10,}  {words}: {lines}")


def _show_rows(found: Reason, words: str) -> None:
    rows = found.first[:SHOWN]
    shown = ", ".join(f"{given!r} (line {line:,})" for line, given in rows)
    more = f" and {found.count - len(rows):,} more (--json gives all)" if found.count > len(rows) else ""
    _line(found.count, f"{words}{': ' if found.count else ''}{shown}{more}")


def _lines(lines: list[int], more: int = 0) -> str:
    shown = ", ".join(f"{line:,}" for line in lines)
    word = "line" if len(lines) + more == 1 else "lines"
    return f"{word} {shown}" + (f" and {more:,} more" if more else "")


def _line(count: int, words: str) -> None:
    click.echo(f"{count:>10,}  {words}")


def _requests(found: Forecast, framing: Framing) -> int:
    return -(-(found.send + found.settle) // framing.batch_size)
