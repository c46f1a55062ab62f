"""The targets of the rows of a file."""

from __future__ import annotations

import attrs

from aiovonage.bulk import Link
from aiovonage.bulk._targets import Target
from aiovonage.cli.files.understanding import Row
from aiovonage.errors import ConfigurationError, InvalidValue


@attrs.define(kw_only=True)
class Addressing:
    """The targets of the rows of a file.

    Attributes:
        target: The target of all rows; None if each row has its own.
        country: The country of rows without a country.
        compliance: The flags of the link requests.
    """

    target: Target | None
    country: str = "US"
    compliance: tuple[str, ...] = ()

    def of(self, row: Row) -> Target | str:
        """The target of a row; a string that says why if it has none."""
        if self.target is not None:
            return self.target
        for name, value in (("brand_id", row.brand_id), ("campaign_id", row.campaign_id)):
            if not value:
                return f"the row has no {name}"
        try:
            return self.link(row).target
        except (ConfigurationError, InvalidValue) as error:
            return str(error)

    def link(self, row: Row) -> Link:
        """A row as a `Link`."""
        country = row.country or self.country
        return Link(row.given, row.brand_id or "", row.campaign_id or "", country, self.compliance)
