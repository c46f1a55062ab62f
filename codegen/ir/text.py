"""The text of docstrings."""

from __future__ import annotations

import textwrap

from codegen.spec import Json, Spec

_BOUNDS = (
    ("minLength", "at least", " characters"),
    ("maxLength", "at most", " characters"),
    ("minimum", "from", ""),
    ("maximum", "up to", ""),
    ("minItems", "at least", " items"),
    ("maxItems", "at most", " items"),
)


def meaning(spec: Spec, schema: Json) -> str:
    """What a schema, member or parameter means, with its bounds and default, on one line."""
    resolved = spec.resolve(schema)
    text = " ".join(str(schema.get("description", resolved.get("description", ""))).split())
    facts = []
    if "default" in resolved:
        facts.append(f"Default: {resolved['default']}.")
    bounds = [
        f"{words} {resolved[key]}{unit.removesuffix('s') if resolved[key] == 1 else unit}"
        for key, words, unit in _BOUNDS
        if key in resolved
    ]
    if bounds:
        facts.append(f"{', '.join(bounds).capitalize()}.")
    if text and text[-1] not in ".!?:":
        text += "."
    return " ".join([text, *facts])


def wrapped(text: str, *, indent: int) -> str:
    """The text as lines of a docstring, its quotes on lines of their own where it takes several."""
    margin = " " * indent
    lines = textwrap.wrap(_quoted(text), 120 - indent - 3, break_on_hyphens=False, break_long_words=False)
    return lines[0] if len(lines) == 1 else f"\n{margin}".join([*lines, ""])


def section(title: str, entries: list[str]) -> str:
    """A section of a method's docstring, such as `Args`."""
    continued = "\n" + " " * 16
    lines = [
        continued.join(textwrap.wrap(_quoted(entry), 120 - 16 - 3, break_on_hyphens=False, break_long_words=False))
        for entry in entries
    ]
    return f"{title}:\n" + "\n".join(f"            {line}" for line in lines)


def docstring(sections: list[str]) -> str:
    """The docstring of a method, of its sections."""
    return "\n\n        ".join(sections) + "\n        "


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', "'''")
