"""Reads the rows of a file as the numbers of a job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import attrs
import click

from aiovonage.bulk._targets import Target
from aiovonage.cli.files.addressing import Addressing
from aiovonage.cli.files.errors import FileError
from aiovonage.cli.files.numbers_file import NumbersFile
from aiovonage.cli.files.options import ReadingOptions
from aiovonage.cli.run.campaign_options import Campaign
from aiovonage.cli.run.feed import ArrivingEntries, Feed
from aiovonage.jobs import LinkNumbers, SyncNumbers, UnlinkNumbers

Plan = LinkNumbers | UnlinkNumbers | SyncNumbers


@attrs.frozen(kw_only=True)
class Action:
    """What to do with the numbers, according to the options.

    Attributes:
        verb: `link`, `unlink` or `sync`.
        until: How far links are followed; None for the default.
        patience: Seconds for which numbers are followed; None for the default.
        hipaa: Whether links are flagged as HIPAA.
        remove: Whether a synchronisation unlinks numbers that are not in the input.
        max_refusals: How many consecutive refusals for the same reason pause the job; 0 for no limit.
        account: The API key of the account.
    """

    verb: str
    until: str | None
    patience: float | None
    hipaa: bool
    remove: bool
    max_refusals: int
    account: str | None

    def plan(self, campaign: Campaign) -> Plan:
        """Build the plan of the job.

        Raises:
            click.UsageError: if options can't be combined.
        """
        members: dict[str, Any] = {
            "brand_id": campaign.brand_id,
            "campaign_id": campaign.campaign_id,
            "country": campaign.country,
            "account": self.account,
            "max_refusals": self.max_refusals or None,
        }
        if self.patience is not None:
            members["patience"] = self.patience
        if self.remove and self.verb != "sync":
            raise click.UsageError("--remove goes with --action sync")
        if self.verb == "unlink":
            if self.until is not None or self.hipaa:
                raise click.UsageError("--until and --hipaa are about links, and do not go with --action unlink")
            return UnlinkNumbers(**members)
        members["compliance"] = ("HIPAA",) if self.hipaa else ()
        if self.until is not None:
            members["until"] = self.until
        if self.verb == "link":
            return LinkNumbers(**members)
        if campaign.brand_id is None:
            raise click.UsageError("--action sync needs --brand and --campaign: it is for one campaign")
        return SyncNumbers(**members, remove=self.remove)


class Rows:
    """The rows of a file, read while they are stored.

    Args:
        file: The file; `-` for standard input.
        reading: How to read it.
        plan: The plan of the job.
    """

    def __init__(self, file: str, reading: ReadingOptions, plan: Plan) -> None:
        self._path = file
        self._feed = Feed(
            NumbersFile(file, reading, country=plan.country),
            Addressing(target=plan.target, country=plan.country, compliance=tuple(getattr(plan, "compliance", ()))),
        )

    @property
    def words(self) -> str:
        """Describe how the file was read."""
        return str(self._feed.file.understanding)

    def check(self) -> None:
        """Read a file on disk to its end, so that a mistake even in the last line is found before anything is stored.

        Raises:
            FileError: if the file can't be read, or a row does not say where its number goes.
        """
        self._feed.check()
        self._refuse_unaddressed()

    async def __aiter__(self) -> AsyncIterator[object]:
        entries = self._feed.entries(whole=True)
        if isinstance(entries, ArrivingEntries):
            async for entry in entries:
                yield entry
        else:
            for entry in entries:
                yield entry
        self._refuse_unaddressed()  # raises within the transaction, so nothing is stored

    def _refuse_unaddressed(self) -> None:
        if not self._feed.unaddressed or self._feed.addressing.target is not None:
            return
        for row in self._feed.file if self._feed.file.can_be_read_again else ():
            if not isinstance(reason := self._feed.addressing.of(row), Target):
                raise FileError(self._path, f"{reason}. Nothing was submitted", line=row.line)
        raise FileError(
            self._path, f"{self._feed.unaddressed:,} rows do not say where their numbers go. Nothing was submitted"
        )
