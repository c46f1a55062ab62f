"""How two versions of the generated package differ, in the terms of those who use it. griffe reads both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, cast

import attrs
import griffe

from codegen.bounds import loosened_or_tightened, operation_differences, operation_id

Kind = Literal["Added", "Deprecated", "Changed", "Removed"]
DEPRECATED = "Deprecated at Vonage."


@attrs.frozen
class Change:
    """One change.

    Attributes:
        kind: Under which heading of a changelog it goes.
        name: What has changed: `Brand.brand_id`, `vonage.ten_dlc.get_brand`.
        text: How, in words; empty where the heading says it all.
        breaking: Whether code that uses it may have to change.
    """

    kind: Kind
    name: str
    text: str = ""
    breaking: bool = False

    def __str__(self) -> str:
        return f"- {'**Breaking:** ' if self.breaking else ''}`{self.name}`{f' {self.text}' if self.text else ''}"


def changes(old: Path, new: Path) -> list[Change]:
    """All changes between two versions of the generated package, each the folder `api`."""
    before, after = _load(old), _load(new)
    names = _namespace_names(before) | _namespace_names(after)
    found: list[Change] = []
    for name in dict.fromkeys([*before.members, *after.members]):
        one, other = before.members.get(name), after.members.get(name)
        if all(member is None or (not member.is_alias and member.is_module) for member in (one, other)):
            found += _models(_module(one, "models"), _module(other, "models"), _bodies(one) | _bodies(other))
            found += _namespaces(_module(one, "endpoints"), _module(other, "endpoints"), names)
            found += _operations(_operation_constants(one), _operation_constants(other))
    return list(dict.fromkeys(found))


def summary(found: list[Change]) -> str:
    """The changes as entries of a changelog."""
    if not found:
        return "Nothing has changed for users."
    kinds: tuple[Kind, ...] = ("Added", "Deprecated", "Changed", "Removed")
    sections = []
    for kind in kinds:
        lines = [str(change) for change in found if change.kind == kind]
        if lines:
            sections.append("\n".join([f"### {kind}", *sorted(lines, key=lambda line: "**Breaking:**" not in line)]))
    return "\n\n".join(sections)


def _load(folder: Path) -> griffe.Module:
    loaded = griffe.load(folder.name, search_paths=[folder.parent], allow_inspection=False)
    return cast("griffe.Module", loaded)


def _module(package: Any, name: str) -> dict[str, Any]:
    """What a module of a package defines; nothing where there is none."""
    module = package.members.get(name) if package is not None else None
    return {n: m for n, m in module.members.items() if not m.is_alias} if module is not None else {}


def _bodies(package: Any) -> set[str]:
    """The models that are bodies of requests."""
    return {name.removesuffix("Params") for name, member in _module(package, "params").items() if member.is_class}


def _public(members: dict[str, Any]) -> dict[str, Any]:
    return {n: m for n, m in members.items() if not n.startswith("_") and n != "extra"}


def _models(old: dict[str, Any], new: dict[str, Any], bodies: set[str]) -> Iterator[Change]:
    old, new = _public(old), _public(new)
    yield from (Change("Removed", name, breaking=True) for name in old if name not in new)
    for name, model in new.items():
        if name not in old:
            yield Change("Added", name)
        elif model.is_class and old[name].is_class:
            yield from _members(name, old[name], model, body=name in bodies)
        elif str(model.value) != str(old[name].value):
            less = not _parts(old[name].value) <= _parts(model.value)
            yield Change("Changed", name, f"is now `{model.value}`, it was `{old[name].value}`", breaking=less)


def _members(owner: str, old: Any, new: Any, *, body: bool) -> Iterator[Change]:
    before, after = _public(dict(old.members)), _public(dict(new.members))
    yield from (Change("Removed", f"{owner}.{name}", breaking=True) for name in before if name not in after)
    is_enum = any("Enum" in str(base) for base in new.bases)
    for name, member in after.items():
        if not member.is_attribute:
            continue
        full = f"{owner}.{name}"
        required = not is_enum and not _has_default(member)
        if name not in before:
            yield Change("Changed" if required else "Added", full, "is new and required" if required else "", required)
            continue
        was = before[name]
        if is_enum:
            if str(member.value) != str(was.value):
                yield Change("Changed", full, f"is now `{member.value}`, it was `{was.value}`", breaking=True)
            continue
        if required and _has_default(was):
            yield Change("Changed", full, "is required now", breaking=True)
        elif not required and not _has_default(was):
            yield Change("Changed", full, "is optional now")
        yield from _annotation(full, was.annotation, member.annotation, _direction(member, body=body))
        for text, tighter in loosened_or_tightened(str(was.value), str(member.value)):
            yield Change("Changed", full, text, breaking=tighter)


def _has_default(member: Any) -> bool:
    value = str(member.value) if member.value is not None else ""
    return bool(value) and (not value.startswith("attrs.field(") or "default=" in value)


def _direction(member: Any, *, body: bool) -> Literal["sent", "both", "read"]:
    if body:
        return "sent"
    return "both" if "Constrained(" in str(member.value) else "read"


def _annotation(name: str, old: Any, new: Any, direction: Literal["sent", "both", "read"]) -> Iterator[Change]:
    """A change of type. What is sent may take more than before, what is read may be less; the other way breaks."""
    before, after = _parts(old), _parts(new)
    if before == after:
        return
    breaking = (direction != "read" and not before <= after) or (direction != "sent" and not after <= before)
    yield Change("Changed", name, f"is `{new}`, it was `{old}`", breaking=breaking)


def _parts(annotation: Any) -> frozenset[str]:
    parts, depth, part = set(), 0, ""
    for character in f"{annotation} | ":
        depth += (character in "[(") - (character in ")]")
        if character == "|" and depth == 0:
            parts.add(part.strip())
            part = ""
        else:
            part += character
    return frozenset(parts)


def _namespaces(old: dict[str, Any], new: dict[str, Any], names: dict[str, str]) -> Iterator[Change]:
    for class_name, class_ in {**old, **new}.items():
        if not class_.is_class:
            continue
        namespace = f"vonage.{names.get(class_name, class_name)}"
        if class_name not in old:
            yield Change("Added", namespace)
        methods = _public(dict(old[class_name].members)) if class_name in old else {}
        present = _public(dict(new[class_name].members)) if class_name in new else {}
        breakages = list(griffe.find_breaking_changes(old[class_name], class_)) if class_name in old else []
        for name in methods.keys() | present.keys():
            full = f"{namespace}.{name}"
            if name not in present:
                yield Change("Removed", full, breaking=True)
            elif name not in methods:
                yield Change("Added", full)
            else:
                yield from _method(full, methods[name], present[name])
                for breakage in breakages:
                    told = breakage.kind is griffe.BreakageKind.RETURN_CHANGED_TYPE  # by _method
                    if breakage.obj.path in {methods[name].path, present[name].path} and not told:
                        yield Change("Changed", full, _breakage(breakage), breaking=True)


def _operation_constants(package: Any) -> dict[str, str]:
    """The `Operation(...)`s of a package as expressions, by id. They stood beside the methods once."""
    members = _module(package, "endpoints") | _module(package, "operations")
    values = [str(member.value) for member in members.values() if member.is_attribute]
    return {operation_id(value): value for value in values if value.startswith("Operation(")}


def _operations(old: dict[str, str], new: dict[str, str]) -> Iterator[Change]:
    for name in old.keys() & new.keys():
        for text, breaking in operation_differences(old[name], new[name]):
            yield Change("Changed", f"vonage.{name}", text, breaking=breaking)


def _namespace_names(root: griffe.Module) -> dict[str, str]:
    """The namespaces by the names of their classes."""
    index = root.members.get("Namespaces")
    if index is None:
        return {}
    properties: dict[str, Any] = dict(index.members)
    return {str(p.annotation): name for name, p in properties.items() if p.is_attribute and p.annotation}


def _method(name: str, old: Any, new: Any) -> Iterator[Change]:
    if _is_deprecated(new) and not _is_deprecated(old):
        yield Change("Deprecated", name)
    if str(old.returns) != str(new.returns):
        yield Change("Changed", name, f"returns `{new.returns}`, it was `{old.returns}`", breaking=True)
    before = {p.name: p for p in old.parameters}
    for parameter in new.parameters:
        if parameter.name not in before:
            if parameter.default is not None and parameter.kind is not griffe.ParameterKind.var_keyword:
                yield Change("Added", name, f"takes `{parameter.name}`")
            continue
        was, now = before[parameter.name].annotation, parameter.annotation
        for change in _annotation(name, was, now, "sent"):
            yield attrs.evolve(change, text=f"takes `{parameter.name}: {now}`, it was `{was}`")


def _breakage(breakage: Any) -> str:
    subject = breakage.old_value if breakage.old_value is not None else breakage.new_value
    parameter = f" `{subject.name}`" if hasattr(subject, "name") else ""
    return f"{breakage.kind.value[0].lower()}{breakage.kind.value[1:]}:{parameter}".rstrip(":")


def _is_deprecated(function: Any) -> bool:
    return function.docstring is not None and DEPRECATED in function.docstring.value
