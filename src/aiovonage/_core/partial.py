"""Reads responses that report the outcome of each item (207 Multi-Status and the like)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from aiovonage._problem import Problem
from aiovonage.errors import VonageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet


@attrs.frozen
class FailedItem:
    """An item that was refused.

    Attributes:
        item: The item as it was sent.
        problem: What is wrong with it, as far as the response says so.
    """

    __module__ = "aiovonage"

    item: str
    problem: Problem


class PartialFailure(VonageError):
    """Some items of a request were refused, or the response does not mention them.

    Attributes:
        result: The outcome of each item.
    """

    __module__ = "aiovonage"

    def __init__(self, result: PartialResult) -> None:
        first = f"; first: {result.failed[0].item}: {result.failed[0].problem.title}" if result.failed else ""
        super().__init__(
            f"{len(result.failed)} failed, {len(result.unknown)} unknown, {len(result.succeeded)} succeeded{first}"
        )
        self.result = result


@attrs.frozen(kw_only=True)
class PartialResult:
    """The outcome of each item of a request.

    Attributes:
        status: The HTTP status: 200 when all succeeded, 207 when some did, 400 when none did.
        succeeded: The items that succeeded, as they were sent.
        failed: The items that were refused, each with a problem.
        unknown: The items whose outcome the response does not clearly state. The documents do not show such responses,
            so only exact names are recognised. Listing the numbers tells the outcome of these items.
        body: The decoded response.
    """

    __module__ = "aiovonage"

    status: int
    succeeded: list[str]
    failed: list[FailedItem]
    unknown: list[str]
    body: Any = attrs.field(default=None, repr=False)

    @property
    def _json_source(self) -> Any:
        return self.body  # what `encode` encodes

    @property
    def ok(self) -> bool:
        """Whether all items succeeded."""
        return not self.failed and not self.unknown

    def raise_for_failures(self) -> None:
        """Raise `PartialFailure` unless all items succeeded."""
        if not self.ok:
            raise PartialFailure(self)


def read_partial(status: int, body: Any, items: Sequence[str]) -> PartialResult | None:
    """Read the outcome of each item; None if the response is not about single items (a malformed request).

    The documents do not show such responses, so only exact names are recognised. An item without a clear outcome, or
    with contradictory ones, is `unknown`.

    Args:
        status: The HTTP status.
        body: The decoded body.
        items: The items as they were sent.
    """
    said = _verdicts(body, {_key(item) for item in items})
    if status == 400 and not any(isinstance(verdict, Problem) for verdict in said.values()):
        return None
    default: Problem | bool | None = None  # of items that the response does not mention
    if not said and status == 200:
        default = True
    elif status == 400:
        default = Problem.from_json(body)
    succeeded: list[str] = []
    failed: list[FailedItem] = []
    unknown: list[str] = []
    for item in items:
        verdict = said.get(_key(item), default)
        if verdict is None:
            unknown.append(item)
        elif isinstance(verdict, Problem):
            failed.append(FailedItem(item, verdict))
        else:
            succeeded.append(item)
    return PartialResult(status=status, succeeded=succeeded, failed=failed, unknown=unknown, body=body)


_DEEPEST = 6
"""The most levels of a body that are read. Anything nested deeper is not about the items of this request."""

_NUMBER = ("number", "msisdn")
_LISTED = "numbers"
_SUCCEEDED = frozenset({"succeeded", "success", "successful", "added", "removed", "accepted", "completed"})
_FAILED = frozenset({"errors", "failed", "failures", "failed_numbers", "rejected", "refused", "invalid_numbers"})
_YES = frozenset({"ok", "success", "succeeded", "successful", "accepted", "added", "removed", "completed"})
_NO = frozenset({"error", "failed", "failure", "rejected", "refused", "invalid"})

Verdict = Problem | bool | None
"""A problem; True or False for success; None if the response mentions the item without a clear outcome."""


def _verdicts(body: Any, wanted: AbstractSet[str]) -> dict[str, Verdict]:
    """The outcome of each item that a body mentions. A failure overrides a success, since `numbers` may only echo the
    request.
    """
    said: dict[str, Verdict] = {}
    explicit = isinstance(body, dict) and not _SUCCEEDED.isdisjoint(body)
    for key, verdict in _mentions(body, wanted, "", 0):
        if verdict == _ECHO:
            verdict = None if explicit else True  # noqa: PLW2901
            said.setdefault(key, verdict)
        elif key not in said or isinstance(verdict, Problem):
            said[key] = verdict
        elif not isinstance(said[key], Problem):
            said[key] = verdict if said[key] is None or verdict is said[key] else None
    return said


_ECHO = "echo"


def _mentions(node: Any, wanted: AbstractSet[str], name: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > _DEEPEST or name.startswith("_links"):
        return
    if isinstance(node, list):
        for element in node:
            if isinstance(element, dict | list):
                yield from _mentions(element, wanted, name, depth + 1)
            elif _is_item(element, wanted):
                yield _key(element), _by_name(name)
    elif isinstance(node, dict):
        for key in {_key(node[member]) for member in _NUMBER if _is_item(node.get(member), wanted)}:
            yield key, _of_object(node, name)
        for member, value in node.items():
            if _key(member) in wanted:
                yield _key(member), _of_object(value, name) if isinstance(value, dict) else _of_word(value, name)
            elif isinstance(value, dict | list) and not (name in _FAILED and member in {"error", "problem"}):
                yield from _mentions(value, wanted, member, depth + 1)


def _by_name(name: str) -> Any:
    """The outcome of an item in a list of that name."""
    if name in _FAILED:
        return Problem(title=name)
    if name == _LISTED:
        return _ECHO
    return True if name in _SUCCEEDED else None


def _of_object(node: dict[str, Any], name: str) -> Any:
    """The outcome that an object states for its item."""
    if name in _FAILED:
        return _problem(node)
    signs: set[bool | None] = set()
    if "status" in node:
        signs.add(_of_status(node["status"]))
    if isinstance(node.get("success"), bool):
        signs.add(node["success"])
    if any(node.get(member) for member in ("error", "errors", "problem", "title", "type")):
        signs.add(False)
    if len(signs) > 1:
        return None
    if not signs:
        found = _by_name(name)
        return True if found == _ECHO else found
    (sign,) = signs
    return _problem(node) if sign is False else sign


def _of_status(status: Any) -> bool | None:
    if isinstance(status, int) and not isinstance(status, bool):
        return True if 200 <= status < 300 and status != 207 else False if 400 <= status < 600 else None
    if isinstance(status, str):
        return True if status.lower() in _YES else False if status.lower() in _NO else None
    return None


def _of_word(value: Any, name: str) -> Any:
    """The outcome that a status word or code states for its item."""
    if name in _FAILED:
        return Problem(title=value if isinstance(value, str) else name)
    verdict = _of_status(value)
    return Problem(title=str(value)) if verdict is False else verdict


def _problem(node: dict[str, Any]) -> Problem:
    inner = node.get("error", node.get("problem"))
    if isinstance(inner, dict):
        return Problem.from_json(inner)
    problem = Problem.from_json(node)
    if problem.title is None:
        words = next(
            (node[key] for key in ("reason", "description", "message", "error") if isinstance(node.get(key), str)), None
        )
        problem = attrs.evolve(problem, title=words)
    return problem


def _is_item(value: object, wanted: AbstractSet[str]) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and _key(value) in wanted


def _key(value: object) -> str:
    return str(value).removeprefix("+")
