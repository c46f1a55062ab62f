"""Turns drift into a patch for the specs. The specs are edited as text, to keep their comments and anchors."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

import attrs

from aiovonage._core.drift.differences import HIDDEN, Drift
from aiovonage._specs import COMMON

TYPES = {"string", "integer", "number", "boolean", "null"}


@attrs.frozen
class Patch:
    """A patch for the specs.

    Attributes:
        text: The patch, for `git apply` in a checkout; empty if there is nothing to change.
        by_hand: Drift that the patch does not cover, and that must be added by hand.
    """

    text: str
    by_hand: list[Drift]


def spec_patch(found: Iterable[Drift], specs: Path, day: str) -> Patch:
    """Build the patch that updates the specs to what was observed.

    Args:
        found: The observed drift.
        specs: The folder of the specs.
        day: The date to mark changes with, such as `2026-11-26`.
    """
    before = {path.name: path.read_text("utf-8") for path in sorted(specs.glob("*.yaml"))}
    files = {name: _File(text.splitlines()) for name, text in before.items()}
    by_hand = []
    for drift in found:
        own = next((f for f in files.values() if f.operation(drift.operation) is not None), None)
        holders = [own, files.get(COMMON)]
        file = next((f for f in holders if f is not None and (not drift.model or f.schema(drift.model))), None)
        if file is None or HIDDEN in (drift.where + drift.seen) or not file.change(drift, day):
            by_hand.append(drift)
    text = ""
    for name, file in files.items():
        after = "\n".join(file.lines) + "\n"
        lines = difflib.unified_diff(
            before[name].splitlines(keepends=True),
            after.splitlines(keepends=True),
            f"a/openapi/{name}",
            f"b/openapi/{name}",
        )
        text += "".join(lines)
    return Patch(text, by_hand)


class _File:
    """The lines of a spec. A block is the line of a key and the more deeply indented lines after it."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def change(self, drift: Drift, day: str) -> bool:
        """Update the spec to what was observed; return whether that was possible."""
        why = f"seen in responses, {day}"
        match drift.kind:
            case "unknown member":
                return self._add_member(drift.model, _name(drift), drift.seen, why)
            case "unknown value":
                return self._add_value(drift.model, _name(drift), drift.seen, why)
            case "other type":
                return self._add_type(drift.model, _name(drift), drift.seen, why)
            case "missing member":
                return self._may_be_missing(drift.model, _name(drift), why)
            case "undocumented status":
                return self._add_status(drift.operation, drift.seen, why)

    def operation(self, operation: str) -> tuple[int, int] | None:
        """Find the block of an operation."""
        tag, _, name = operation.partition(".")
        for index, line in enumerate(self.lines):
            if line == f"      operationId: {name}" and f"      tags: [{tag}]" in self.lines[index : index + 3]:
                return index, self._end(index, 6)
        return None

    def schema(self, name: str) -> tuple[int, int] | None:
        """Find the block of a named schema."""
        start = self.lines.index("  schemas:") if "  schemas:" in self.lines else len(self.lines)
        for index in range(start, len(self.lines)):
            if self.lines[index] == f"    {name}:":
                return index, self._end(index + 1, 6)
        return None

    def _end(self, start: int, indent: int) -> int:
        """Find the end of the lines that are indented at least this much."""
        end = start
        while end < len(self.lines) and (not self.lines[end].strip() or _indent(self.lines[end]) >= indent):
            end += 1
        return end

    def _key(self, block: tuple[int, int], key: str, indent: int) -> int | None:
        pattern = re.compile(rf' {{{indent}}}"?{re.escape(key)}"?:( |$)')
        return next((i for i in range(*block) if pattern.match(self.lines[i])), None)

    def _member(self, model: str, name: str) -> tuple[int, int, int] | None:
        """Find the block of a member and its indent. A member shared through an anchor has the anchor's block."""
        block = self.schema(model)
        properties = self._key(block, "properties", 6) if block else None
        if block is None or properties is None:
            return None
        index = self._key((properties + 1, self._end(properties + 1, 8)), name, 8)
        if index is None:
            return None
        if alias := re.search(r": \*(\w+)$", self.lines[index]):
            anchor = re.compile(rf": &{alias[1]}$")
            index = next((i for i, line in enumerate(self.lines) if anchor.search(line)), None)
            if index is None:
                return None
        if re.search(r": \{", self.lines[index]):
            return None  # written on one line
        inner = _indent(self.lines[index]) + 2
        return index + 1, self._end(index + 1, inner), inner

    def _add_member(self, model: str, name: str, seen: str, why: str) -> bool:
        block = self.schema(model)
        properties = self._key(block, "properties", 6) if block else None
        if properties is None or self.lines[properties].rstrip().endswith("}") or "*" in self.lines[properties]:
            return False
        given = self._member(model, name)
        if given is not None:  # it was observed with several types
            return self._add_type(model, name, seen, why)
        lines = {
            "object": ["type: object", "additionalProperties: {}"],
            "array": ["type: array", "items: {}"],
            "null": [],
        }.get(seen, [f"type: {seen}"])
        end = self._end(properties + 1, 8)
        described = [*lines, "description: Not described yet.", f'x-inferred: "{why}"']
        self.lines[end:end] = [f"        {name}:", *(f"          {line}" for line in described)]
        return True

    def _add_value(self, model: str, name: str, seen: str, why: str) -> bool:
        member = self._member(model, name)
        text = "\n".join(self.lines[member[0] : member[1]]) if member else ""
        reference = re.search(r"#/components/schemas/(\w+)", text)
        schema = reference[1] if reference else ""
        block = self.schema(schema)
        enum = self._key(block, "enum", 6) if block else None
        if block is None or enum is None:
            return False
        value = seen if re.fullmatch(r"[A-Za-z_][\w-]*", seen) else f'"{seen}"'
        if flow := re.fullmatch(r"( +enum: \[)(.*)\]", self.lines[enum]):
            self.lines[enum] = f"{flow[1]}{flow[2]}, {value}]"
        else:
            self.lines.insert(self._end(enum + 1, 8), f"        - {value}")
        if names := self._key(self.schema(schema) or block, "x-enum-varnames", 6):
            word = re.sub(r"\W+", "_", seen).strip("_").upper() or f"VALUE_{len(self.lines[names])}"
            self.lines[names] = self.lines[names].removesuffix("]") + f", {word}]"
        self._infer(self.schema(schema) or block, 6, f"{seen}: {why}")
        return True

    def _add_type(self, model: str, name: str, seen: str, why: str) -> bool:
        member = self._member(model, name)
        if member is None or seen not in TYPES:
            return False
        start, end, indent = member
        index = self._key((start, end), "type", indent)
        if index is None:
            return False
        types = re.findall(r"\w+|\"null\"", self.lines[index].partition(":")[2])
        if not set(types) <= TYPES | {'"null"'} or self._key((start, end), "format", indent):
            return False
        written = '"null"' if seen == "null" else seen
        if written not in types:
            self.lines[index] = f"{' ' * indent}type: [{', '.join([*types, written])}]"
            self._infer((start, end), indent, f"{seen}: {why}")
        return True

    def _may_be_missing(self, model: str, name: str, why: str) -> bool:
        block = self.schema(model)
        member = self._member(model, name)
        if block is None or member is None:
            return False
        identity = self._key(block, "x-identity", 6)
        if identity is not None and name in re.findall(r"\w+", self.lines[identity]):
            return False
        start, end, indent = member
        if self._key((start, end), "x-lenient", indent) is None:
            self.lines.insert(end, f'{" " * indent}x-lenient: "{why.replace("seen", "missing", 1)}"')
        return True

    def _add_status(self, operation: str, status: str, why: str) -> bool:
        block = self.operation(operation)
        responses = self._key(block, "responses", 6) if block else None
        if responses is None:
            return False
        inside = (responses + 1, self._end(responses + 1, 8))
        default = self._key(inside, "default", 8)
        at = inside[1] if default is None else default
        like = self._key(inside, "200", 8) or self._key(inside, "201", 8) or self._key(inside, "202", 8)
        content: list[str] = []
        if status.startswith("2") and like is not None:  # it has the same body as the documented success
            schema = re.search(
                r'\$ref: "(#/components/schemas/\w+)"', "\n".join(self.lines[like : self._end(like + 1, 10)])
            )
            if schema:
                content = ["content:", "  application/json:", "    schema:", f'      $ref: "{schema[1]}"']
        lines = ["description: Seen in responses.", f'x-inferred: "{why}"', *content]
        self.lines[at:at] = [f'        "{status}":', *(f"          {line}" for line in lines)]
        return True

    def _infer(self, block: tuple[int, int], indent: int, text: str) -> None:
        """Mark in a block what was observed rather than documented."""
        start, end = block
        index = self._key((start, end), "x-inferred", indent)
        if index is None:
            self.lines.insert(self._end(start if self.lines[start].startswith(" " * indent) else start + 1, indent), "")
            place = self._end(start if self.lines[start].startswith(" " * indent) else start + 1, indent) - 1
            self.lines[place] = f'{" " * indent}x-inferred: "{text}"'
        elif self.lines[index].endswith((">-", "|-")):
            self.lines.insert(self._end(index + 1, indent + 2), f"{' ' * (indent + 2)}; {text}")
        else:
            quoted = re.fullmatch(r'( +x-inferred: )"(.*)"', self.lines[index])
            if quoted:
                self.lines[index] = f'{quoted[1]}"{quoted[2]}; {text}"'


def _name(drift: Drift) -> str:
    """The member that drifted: the last part of the pointer that is not an array item."""
    parts = [part for part in drift.where.split("/") if part and part != "*"]
    return parts[-1].replace("~1", "/").replace("~0", "~") if parts else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
