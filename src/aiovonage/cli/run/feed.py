"""Turns the rows of a file into the entries of a run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

from aiovonage.bulk._targets import Target
from aiovonage.cli.files.addressing import Addressing
from aiovonage.cli.files.errors import FileError
from aiovonage.cli.files.numbers_file import NumbersFile
from aiovonage.cli.files.understanding import Row
from aiovonage.cli.run.row_reader import rows_as_they_come


class Feed:
    """The rows of a file with their targets. Rows without a target are counted, and not sent.

    Attributes:
        file: The file.
        addressing: The targets of its rows.
        unaddressed: The number of rows without a target.
    """

    def __init__(self, file: NumbersFile, addressing: Addressing) -> None:
        self.file = file
        self.addressing = addressing
        self.unaddressed: int = 0

    def check(self) -> None:
        """Read a file on disk to its end, before anything is sent.

        Raises:
            FileError: if it cannot be read.
        """
        if not self.file.can_be_read_again:
            return
        self.unaddressed = 0
        for row in self.file:
            self.require_targets()
            if self.addressing.target is None and isinstance(self.addressing.of(row), str):
                self.unaddressed += 1

    def require_targets(self) -> None:
        """Check that the file has both columns, unless --brand and --campaign are given.

        Raises:
            FileError: if it does not.
        """
        if self.addressing.target is not None:
            return
        found = self.file.understanding
        if found is None or (found.has_brand and found.has_campaign):
            return
        if found.has_brand or found.has_campaign:
            has, lacks = ("brand_id", "campaign_id") if found.has_brand else ("campaign_id", "brand_id")
            raise FileError(
                self.file.path, f"it has a column {has}, but no column {lacks}. Add it, or give --brand and --campaign"
            )
        raise FileError(
            self.file.path,
            "its rows do not say where their numbers go. Give --brand and --campaign, or add the columns brand_id and "
            "campaign_id",
        )

    def entry(self, row: Row) -> object:
        """The entry of a row for `BulkRun`."""
        return row.given if self.addressing.target is not None else self.addressing.link(row)

    def entries(self, *, whole: bool = False) -> Entries | ArrivingEntries:
        """All entries.

        Args:
            whole: Whether the job needs the whole input, because it removes what is not in it.
        """
        return Entries(self) if self.file.can_be_read_again else ArrivingEntries(self, whole=whole)


class Entries:
    """The entries of a file on disk, whose number is known."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def __len__(self) -> int:
        return (self._feed.file.rows or 0) - self._feed.unaddressed

    def __iter__(self) -> Iterator[object]:
        feed = self._feed
        for row in feed.file:
            if feed.addressing.target is not None:
                yield row.given
            elif isinstance(feed.addressing.of(row), Target):
                yield feed.addressing.link(row)


class ArrivingEntries:
    """The entries of a pipe, as they arrive. A thread reads them, so that a silent pipe does not block anything.

    At a line that cannot be read they end, and the run finishes what it has read before.

    Args:
        feed: The rows.
        whole: Whether the job needs the whole input, so that such a line must raise.

    Attributes:
        failure: The error of the line at which they ended early.
    """

    def __init__(self, feed: Feed, *, whole: bool) -> None:
        self.failure: FileError | None = None
        self._whole = whole
        self._feed = feed
        self.on_row: Callable[[Row], None] | None = None
        self.on_understood: Callable[[], None] | None = None

    async def __aiter__(self) -> AsyncIterator[object]:
        try:
            async for row in rows_as_they_come(self._feed.file):
                self._feed.require_targets()
                if self.on_understood is not None:
                    self.on_understood()
                    self.on_understood = None
                if self.on_row is not None:
                    self.on_row(row)
                if isinstance(self._feed.addressing.of(row), Target):
                    yield self._feed.entry(row)
                else:
                    self._feed.unaddressed += 1
        except FileError as error:
            if self._whole:
                raise
            self.failure = error
