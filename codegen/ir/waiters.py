"""The waiters of a spec (`x-waiter`)."""

from __future__ import annotations

import attrs

from codegen.ir.operations import Operation
from codegen.ir.pages import attributes
from codegen.ir.parameters import Parameter
from codegen.ir.text import docstring, section, wrapped
from codegen.ir.types import Type
from codegen.spec import Json


@attrs.frozen(kw_only=True)
class Waiter:
    """A method that waits for a state.

    Attributes:
        name: Its name, as `wait_until_campaign_active`.
        namespace: Its namespace.
        path: The path parameters of the operation that it asks.
        item: The argument by which the thing is found in a list; empty where the answer is the thing.
        gives: What it gives.
        arguments: The arguments of its `Waiter`, as expressions.
        timeout: Seconds that it takes at most, unless told otherwise.
        every: Seconds between two requests, unless told otherwise.
        summary: What it does, in a line.
        doc: Its docstring.
    """

    name: str
    namespace: str
    path: tuple[Parameter, ...]
    item: str
    gives: Type
    arguments: tuple[str, ...]
    timeout: int
    every: int
    summary: str
    doc: str

    @property
    def constant(self) -> str:
        """The name of its `Waiter` in the generated code."""
        return self.name.upper()

    @property
    def kind(self) -> str:
        """The class of its `Waiter`."""
        return "ListWaiter" if self.item else "Waiter"

    @property
    def signature(self) -> str:
        """All parameters of the method."""
        positional = [p.signature for p in self.path] + ([f"{self.item}: str"] if self.item else [])
        return ", ".join(
            ["self", *positional, "*", f"timeout: float | None = {self.timeout}", f"every: float = {self.every}"]
        )


def waiters_of(operation: Json, asked: Operation) -> list[Waiter]:
    """The waiters that ask an operation.

    Args:
        operation: What the spec says of it.
        asked: The operation.
    """
    return [_waiter(name, waiter, asked) for name, waiter in operation.get("x-waiter", {}).items()]


def _waiter(name: str, waiter: Json, asked: Operation) -> Waiter:
    find = attributes(waiter.get("find", ""))
    arguments = [
        f"id={f'{asked.namespace}.{name}'!r}",
        f"operation={asked.constant}",
        f"member={attributes(waiter['member'])!r}",
        f"wanted=frozenset({waiter['wanted']!r})",
    ]
    arguments += [f"failed=frozenset({waiter['failed']!r})"] if "failed" in waiter else []
    arguments += [f"find={find!r}"] if find else []
    arguments += [f"absent_for={waiter['absent_for']}"] if "absent_for" in waiter else []
    item = find[-1] if find else ""
    return Waiter(
        name=name,
        namespace=asked.namespace,
        path=asked.path_parameters,
        item=item,
        gives=asked.item if find and asked.item is not None else asked.gives,
        arguments=tuple(arguments),
        timeout=waiter["timeout"],
        every=waiter["every"],
        summary=waiter["summary"],
        doc=_doc(waiter, asked, item),
    )


def _doc(waiter: Json, asked: Operation, item: str) -> str:
    described = [f"{p.name}: {p.help}" for p in asked.path_parameters]
    described += [f"{item}: Which one of the list."] if item else []
    described += [
        "timeout: Seconds for all of it; None to wait for ever.",
        "every: Seconds between two requests. They go through the throttle like all others.",
    ]
    member = waiter["member"].removeprefix("/").replace("/", ".")
    told = f"Asks `{asked.name}` until `{member}` is {' or '.join(waiter['wanted'])}."
    if why := waiter.get("x-inferred"):
        told += f" Not in the documents: {' '.join(why.split())}."
    raised = []
    if failed := waiter.get("failed"):
        raised.append(f"WaiterFailed: it is {', '.join(failed)}, from which it does not get there by waiting.")
    raised += ["WaiterTimedOut: it takes longer than `timeout`.", "VonageError: a request failed for good."]
    description = f"{' '.join(waiter.get('description', '').split())} {told}".strip()
    return docstring(
        [
            waiter["summary"],
            wrapped(description, indent=8).rstrip(),
            section("Args", described),
            section("Raises", raised),
        ]
    )
