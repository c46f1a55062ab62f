"""The waiters of a spec (`x-waiter`), as the template of `endpoints.py` needs them."""

from __future__ import annotations

import attrs

from codegen.names import member_name
from codegen.operations import Argument, Endpoint, section
from codegen.schemas import wrapped
from codegen.spec import Json, Spec


@attrs.frozen
class WaiterMethod:
    """A method that waits for a state.

    Attributes:
        name: Its name, as `wait_until_campaign_active`.
        namespace: Its namespace.
        operation: The constant of the operation that it asks.
        path: The path arguments of the operation.
        item: The argument by which the thing is found in a list; empty where the answer is the thing.
        returns: What it gives.
        waiter: The arguments of its `Waiter`, as expressions.
        timeout: Seconds that it takes at most, unless told otherwise.
        every: Seconds between two requests, unless told otherwise.
        summary: What it does, in a line.
        doc: Its docstring.
    """

    name: str
    namespace: str
    operation: str
    path: tuple[Argument, ...]
    item: str
    returns: str
    waiter: str
    timeout: int
    every: int
    summary: str
    doc: str

    @property
    def constant(self) -> str:
        """The name of the `Waiter`."""
        return self.name.upper()

    @property
    def kind(self) -> str:
        """Its class."""
        return "ListWaiter" if self.item else "Waiter"

    @property
    def signature(self) -> str:
        """All parameters of the method."""
        positional = [a.signature for a in self.path] + ([f"{self.item}: str"] if self.item else [])
        return ", ".join(
            ["self", *positional, "*", f"timeout: float | None = {self.timeout}", f"every: float = {self.every}"]
        )


def waiters(spec: Spec, found: list[Endpoint]) -> list[WaiterMethod]:
    """All waiters of a spec, in its order."""
    by_name = {(endpoint.namespace, endpoint.name): endpoint for endpoint in found}
    return [
        _waiter(name, waiter, by_name[operation["tags"][0], operation["operationId"]])
        for _, _, operation in spec.operations()
        for name, waiter in operation.get("x-waiter", {}).items()
    ]


def _waiter(name: str, waiter: Json, endpoint: Endpoint) -> WaiterMethod:
    path = tuple(member_name(part) for part in waiter["member"].split("/")[1:])
    find = tuple(member_name(part) for part in waiter.get("find", "").split("/")[1:])
    arguments = [
        f"id={f'{endpoint.namespace}.{name}'!r}",
        f"operation={endpoint.constant}",
        f"member={path!r}",
        f"wanted=frozenset({waiter['wanted']!r})",
    ]
    arguments += [f"failed=frozenset({waiter['failed']!r})"] if "failed" in waiter else []
    arguments += [f"find={find!r}"] if find else []
    arguments += [f"absent_for={waiter['absent_for']}"] if "absent_for" in waiter else []
    item = find[-1] if find else ""
    return WaiterMethod(
        name=name,
        namespace=endpoint.namespace,
        operation=endpoint.constant,
        path=endpoint.path_arguments,
        item=item,
        returns=endpoint.returns.removeprefix("Pager[").removesuffix("]") if find else endpoint.returns,
        waiter=", ".join(arguments),
        timeout=waiter["timeout"],
        every=waiter["every"],
        summary=waiter["summary"],
        doc=_doc(waiter, endpoint, item),
    )


def _doc(waiter: Json, endpoint: Endpoint, item: str) -> str:
    described = [f"{a.name}: {a.doc}" for a in endpoint.path_arguments]
    described += [f"{item}: Which one of the list."] if item else []
    described += [
        "timeout: Seconds for all of it; None to wait for ever.",
        "every: Seconds between two requests. They go through the throttle like all others.",
    ]
    member = waiter["member"].removeprefix("/").replace("/", ".")
    told = f"Asks `{endpoint.name}` until `{member}` is {' or '.join(waiter['wanted'])}."
    if why := waiter.get("x-inferred"):
        told += f" Not in the documents: {' '.join(why.split())}."
    raised = []
    if failed := waiter.get("failed"):
        raised.append(f"WaiterFailed: it is {', '.join(failed)}, from which it does not get there by waiting.")
    raised += ["WaiterTimedOut: it takes longer than `timeout`.", "VonageError: a request failed for good."]
    sections = [
        waiter["summary"],
        wrapped(f"{' '.join(waiter.get('description', '').split())} {told}".strip(), indent=8).rstrip(),
        section("Args", described),
        section("Raises", raised),
    ]
    return "\n\n        ".join(sections) + "\n        "
