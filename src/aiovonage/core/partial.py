"""Answers that say item by item what happened (207 and its kin)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from aiovonage.core.errors import VonageError
from aiovonage.core.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@attrs.frozen
class FailedItem:
    """An item that was refused.

    Attributes:
        item: The item as it was sent.
        problem: What is wrong with it, as far as the answer says so.
    """

    item: str
    problem: Problem


class PartialFailure(VonageError):
    """Some items of a request were refused, or the answer does not mention them.

    Attributes:
        result: What happened to each.
    """

    def __init__(self, result: PartialResult) -> None:
        first = f"; first: {result.failed[0].item}: {result.failed[0].problem.title}" if result.failed else ""
        super().__init__(
            f"{len(result.failed)} failed, {len(result.unknown)} unknown, {len(result.succeeded)} succeeded{first}"
        )
        self.result = result


@attrs.frozen(kw_only=True)
class PartialResult:
    """What happened to each item of a request.

    Attributes:
        status: The HTTP status: 200 when all succeeded, 207 when some did, 400 when none did.
        succeeded: The items that were done, as they were sent.
        failed: The items that were refused, with a problem each.
        unknown: The items that the answer does not mention. The documents do not print such answers, so it is read
            leniently.
        body: The answer, decoded.
    """

    status: int
    succeeded: list[str]
    failed: list[FailedItem]
    unknown: list[str]
    body: Any = attrs.field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether all items were done."""
        return not self.failed and not self.unknown

    def raise_for_failures(self) -> None:
        """Raise `PartialFailure` unless all items were done."""
        if not self.ok:
            raise PartialFailure(self)


def read_partial(status: int, body: Any, items: Sequence[str]) -> PartialResult | None:
    """Read what an answer says of each item; None where it does not speak of them at all (a malformed request).

    Args:
        status: The HTTP status.
        body: The decoded body.
        items: The items as they were sent.
    """
    said = dict(_verdicts(body, {_key(item) for item in items}, ""))
    if status == 400 and Problem not in map(type, said.values()):
        return None
    default = {200: True, 400: Problem.from_json(body)}.get(status)  # of an item that the answer does not mention
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


_BAD_WORDS = ("error", "fail", "invalid", "reject", "refus", "problem", "conflict")
_GOOD_WORDS = ("number", "succe", "ok", "accept", "added", "removed", "linked", "items")
_DONE = {"ok", "success", "succeeded", "successful", "accepted", "added", "removed", "linked", "done", "completed"}
_EXPLANATIONS = ("type", "title", "detail", "error", "errors", "problem", "reason", "description", "message")


def _verdicts(node: Any, wanted: set[str], name: str) -> Iterator[tuple[str, Problem | bool]]:
    """Each item that a body mentions, with what it says of it. What stands last counts, so failures come after
    successes.
    """
    if isinstance(node, dict):
        mentioned = [_key(value) for value in node.values() if isinstance(value, str | int) and _key(value) in wanted]
        for key in mentioned:
            yield key, _verdict(node, name)
        for member, value in sorted(node.items(), key=lambda pair: _sounds(pair[0], _BAD_WORDS)):
            if isinstance(value, dict) and _key(member) in wanted:
                yield _key(member), _verdict(value, name)
            else:
                yield from _verdicts(value, wanted, member)
    elif isinstance(node, list):
        for element in node:
            if isinstance(element, dict | list):
                yield from _verdicts(element, wanted, name)
            elif isinstance(element, str | int) and _key(element) in wanted and not name.startswith("_"):
                if _sounds(name, _BAD_WORDS):
                    yield _key(element), Problem(title=name)
                elif _sounds(name, _GOOD_WORDS):
                    yield _key(element), True


def _verdict(node: dict[str, Any], name: str) -> Problem | bool:
    """What an object says of the item that it mentions."""
    status = node.get("status")
    if isinstance(status, int) and not isinstance(status, bool):
        return True if 200 <= status < 300 else _problem(node)
    if isinstance(status, str) and _sounds(status, _BAD_WORDS):
        return _problem(node)
    if node.get("success") is True or (isinstance(status, str) and status.lower() in _DONE):
        return True
    if node.get("success") is False or any(node.get(name) for name in _EXPLANATIONS):
        return _problem(node)
    return _problem(node) if _sounds(name, _BAD_WORDS) else True


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


def _sounds(word: str, roots: tuple[str, ...]) -> bool:
    return any(root in word.lower() for root in roots)


def _key(value: object) -> str:
    return str(value).removeprefix("+")
