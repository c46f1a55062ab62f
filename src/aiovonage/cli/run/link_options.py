"""The options of jobs that link numbers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import attrs
import click

from aiovonage.bulk import PATIENCE

Command = Callable[..., Any]

SOON = 600.0
"""The most seconds of patience for which a run without a journal causes no warning."""


@attrs.frozen(kw_only=True)
class LinkOptions:
    """How links are made and followed.

    Attributes:
        until: `accepted` or `approved`.
        patience: Seconds for which an accepted number is followed.
        hipaa: Whether the numbers are linked with the flag HIPAA.
    """

    until: str
    patience: float
    hipaa: bool

    @property
    def compliance(self) -> tuple[str, ...]:
        """The flags of the link request."""
        return ("HIPAA",) if self.hipaa else ()

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the job."""
        return {"until": self.until, "patience": self.patience}

    @property
    def follows(self) -> bool:
        """Whether the run may take long."""
        return self.until == "approved" and self.patience > SOON


def link_options(command: Command) -> Command:
    """Add --until, --patience and --hipaa to a command, which receives them as `link`."""

    @functools.wraps(command)
    def collected(*args: Any, **given: Any) -> Any:
        link = LinkOptions(**{field.name: given.pop(field.name) for field in attrs.fields(LinkOptions)})
        return command(*args, link=link, **given)

    found: Command = collected
    for option in (
        click.option(
            "--hipaa", is_flag=True, help="Link as HIPAA. The first number decides this for its campaign, for good."
        ),
        click.option(
            "--patience",
            type=click.FloatRange(0),
            default=PATIENCE,
            show_default=True,
            help="Seconds for which an accepted number is followed.",
        ),
        click.option(
            "--until",
            type=click.Choice(["accepted", "approved"]),
            default="accepted",
            show_default=True,
            help="accepted: done once the API accepts a number. approved: follow it until the carriers decide.",
        ),
    ):
        found = option(found)
    return found
