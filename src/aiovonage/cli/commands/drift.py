"""`aiovonage drift`."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import click

from aiovonage._core.drift.differences import Drift, find_drift
from aiovonage._core.drift.recorded_responses import recorded
from aiovonage._specs import folder
from aiovonage.api.operations import OPERATIONS
from aiovonage.cli.call.spec_patch import spec_patch
from aiovonage.cli.exits import Exit, report_errors


@click.command("drift", short_help="Compare recorded responses with the specs.")
@click.argument("responses", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--patch", type=click.Path(path_type=Path), metavar="FILE", help="Write a patch of the specs; - prints it."
)
@click.option("--specs", type=click.Path(exists=True, path_type=Path), metavar="DIR", help="The specs to patch.")
@report_errors
def drift(responses: Path, *, patch: Path | None, specs: Path | None) -> None:
    """Report where recorded responses differ from the specs of this package.

    \b
        aiovonage drift responses.har
        aiovonage drift recorded/ --patch drift.patch

    RESPONSES is a HAR file, or a folder of JSON files named after operations: `ten_dlc.get_brand.json`, or with a
    status `ten_dlc.get_brand.202-2.json`. The report contains none of your data: only names of members, types, and
    values of enums.

    --patch writes the differences as a patch for openapi/: run `git apply` in a checkout, then `make generate`.

    The exit code is 1 if something differs.
    """
    seen: Counter[Drift] = Counter()
    compared = strangers = 0
    for response in recorded(responses, OPERATIONS.values()):
        if response.operation is None:
            strangers += 1
            continue
        compared += 1
        seen.update(find_drift(response.operation, response.status, response.body))
    to_stdout = patch is not None and str(patch) == "-"
    for found, count in seen.items():
        click.echo(f"{found} [{count} of {compared} responses]", err=to_stdout)
    summary = f"{len(seen)} differences in {compared} responses"
    click.echo(f"{summary}; {strangers} belong to no operation of this package" if strangers else summary, err=True)
    if patch is not None:
        _write(list(seen), patch, specs)
    sys.exit(Exit.SOME_FAILED if seen else Exit.OK)


def _write(found: list[Drift], patch: Path, specs: Path | None) -> None:
    made = spec_patch(found, specs or folder(), datetime.now(UTC).date().isoformat())
    if str(patch) == "-":
        click.echo(made.text, nl=False)
    else:
        patch.write_text(made.text, "utf-8")
    for difference in made.by_hand:
        click.echo(f"not in the patch: {difference}", err=True)
