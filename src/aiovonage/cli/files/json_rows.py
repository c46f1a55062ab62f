"""The rows of JSON entries: which members hold the number and the target."""

from __future__ import annotations

from typing import Any

from aiovonage.cli.files.errors import FileError
from aiovonage.cli.files.json_entries import json_lines, members
from aiovonage.cli.files.layout import is_number
from aiovonage.cli.files.names import BRAND, CAMPAIGN, COUNTRY, NUMBER, simple_name
from aiovonage.cli.files.understanding import Row, Understanding


class JsonRows:
    """Turns JSON entries into rows. The first object decides which members are the number and the target."""

    def __init__(self, path: str, column: str | None, country: str | None) -> None:
        self._path = path
        self._column = column
        self._country = country
        self._name: str | None = None
        self._others: dict[frozenset[str], str | None] = {}

    def row(self, line: int, entry: Any, found: Understanding) -> Row:
        """An entry as a row; the first one completes `found`.

        Raises:
            FileError: if it is not clear where the number is.
        """
        given = members(entry)
        if given is None:
            if isinstance(entry, list):
                raise FileError(
                    self._path, "an entry is a list. An entry is a number, or an object with one", line=line
                )
            return Row(line, entry, (entry,))
        if self._name is None:
            self._name = self._number_name(given, line)
            found.number_name = self._name
            found.header = tuple(given)
            found.words.append(f"member {self._name!r}")
            for names in (BRAND, CAMPAIGN, COUNTRY):
                self._others[names] = next((name for name in given if simple_name(name) in names), None)
            found.has_brand = self._others[BRAND] is not None
            found.has_campaign = self._others[CAMPAIGN] is not None
            found.number_place = found.header.index(self._name)
            targets = (self._others[BRAND], self._others[CAMPAIGN])
            found.target_places = frozenset(found.header.index(name) for name in targets if name is not None)
        name = self._name
        if name not in given:  # spelled differently than in the first object
            name = next((other for other in given if simple_name(other) == simple_name(name)), name)
        cells = tuple(given.get(column) for column in found.header)
        brand, campaign, country = (self._text(given, names) for names in (BRAND, CAMPAIGN, COUNTRY))
        return Row(line, given.get(name), cells, brand, campaign, country)

    def _text(self, given: Any, names: frozenset[str]) -> str | None:
        name = self._others.get(names)
        return None if name is None else str(given.get(name) or "").strip()

    def _number_name(self, given: Any, line: int) -> str:
        wanted = {simple_name(self._column)} if self._column is not None else NUMBER
        if self._column in given:
            return str(self._column)
        names = [name for name in given if simple_name(name) in wanted]
        if len(names) > 1:
            names = [name for name in names if is_number(given[name], self._country)] or names
        if len(names) == 1:
            return str(names[0])
        has = ", ".join(map(str, given)) or "no members"
        if names:
            problem = f"the members {', '.join(names)} may all hold the number"
        elif self._column is not None:
            problem = f"there is no member {self._column!r}; it has: {has}"
        else:
            problem = f"no member has a usual name, such as number or phone; it has: {has}"
        raise FileError(self._path, f"{problem}. Say which one with --column", line=line)


def is_json_value(line: str) -> bool:
    """Whether a line is a complete JSON value."""
    try:
        next(json_lines("", [line]), None)
    except FileError:
        return False
    return True


def wrapped_list(entry: Any) -> tuple[str, list[Any]] | None:
    """The only list of an object, as in `{"numbers": [...], "count": 3}`, with its name; None if it has no such
    list.
    """
    given = members(entry)
    if given is None or any(simple_name(name) in NUMBER and not isinstance(given[name], list) for name in given):
        return None
    lists = [(name, value) for name, value in given.items() if isinstance(value, list)]
    return lists[0] if len(lists) == 1 else None
