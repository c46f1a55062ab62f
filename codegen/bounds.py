"""What has changed between two values in the generated code: the bounds of a member, and the data of an operation."""

from __future__ import annotations

import ast
from collections.abc import Iterator

WORDS = {
    "min_length": ("at least {} characters", 1),
    "max_length": ("at most {} characters", -1),
    "minimum": ("at least {}", 1),
    "maximum": ("at most {}", -1),
    "min_items": ("at least {} items", 1),
    "max_items": ("at most {} items", -1),
    "pattern": ("the pattern {}", 0),
    "const": ("the constant {}", 0),
}
"""The bounds in words, and whether more of it is tighter (1), looser (-1), or neither to tell (0)."""
OPERATION = (
    "method", "host", "path", "security", "accept", "idempotent", "pagination", "partial", "requests_per_second",
)  # fmt: skip


def loosened_or_tightened(old: str, new: str) -> Iterator[tuple[str, bool]]:
    """The bounds that differ, in words; and whether less is admitted than before."""
    before, after = _constraints(old), _constraints(new)
    for name, (words, sign) in WORDS.items():
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        if now is None:
            yield f"need not have {words.format(was)} any more", False
        elif was is None:
            yield f"must have {words.format(now)}", bool(before or "Constrained" in old)
        else:
            tighter = sign == 0 or (float(now) - float(was)) * sign > 0
            yield f"must have {words.format(now)}, it was {was}", tighter


def operation_id(value: str) -> str:
    """Namespace and method of an operation."""
    return _keywords(value)["id"].strip("'")


def operation_differences(old: str, new: str) -> Iterator[tuple[str, bool]]:
    """What differs in how an operation is sent, in words; and whether it can break."""
    before, after = _keywords(old), _keywords(new)
    for name in OPERATION:
        was, now = before.get(name), after.get(name)
        if was != now:
            yield f"has `{name}` {_shown(now)}, it was {_shown(was)}", name == "security" and not _more(was, now)
    for name in ("path_parameters", "query"):
        was_by_name, now_by_name = _parameters(before.get(name)), _parameters(after.get(name))
        for parameter in was_by_name.keys() & now_by_name.keys():
            one, other = was_by_name[parameter], now_by_name[parameter]
            for text, tighter in loosened_or_tightened(one, other):
                yield f"`{parameter}` {text}", tighter
            if ("json=True" in one) != ("json=True" in other):
                yield f"sends `{parameter}` {'as JSON' if 'json=True' in other else 'as text'}", False


def _constraints(value: str) -> dict[str, str]:
    """The arguments of the outermost `Constrained(...)` in an expression."""
    for node in ast.walk(_parsed(value)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Constrained":
            return {k.arg: ast.unparse(k.value) for k in node.keywords if k.arg in WORDS}
    return {}


def _keywords(value: str) -> dict[str, str]:
    parsed = _parsed(value)
    return {k.arg: ast.unparse(k.value) for k in parsed.keywords if k.arg} if isinstance(parsed, ast.Call) else {}


def _parameters(value: str | None) -> dict[str, str]:
    """The `Parameter(...)`s of a tuple, by name."""
    parsed = _parsed(value or "")
    elements = parsed.elts if isinstance(parsed, ast.Tuple) else []
    return {_keywords(ast.unparse(element)).get("name", "").strip("'"): ast.unparse(element) for element in elements}


def _parsed(value: str) -> ast.expr:
    return ast.parse(value or "None", mode="eval").body


def _shown(value: str | None) -> str:
    return f"`{value}`" if value is not None else "nothing"


def _more(old: str | None, new: str | None) -> bool:
    """Whether a tuple has all that it had."""
    return set(ast.literal_eval(old or "()")) <= set(ast.literal_eval(new or "()"))
