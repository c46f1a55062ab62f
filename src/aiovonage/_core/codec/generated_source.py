"""Compiles generated functions so that debuggers, profilers and tracebacks show their source."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count
from types import CodeType
from typing import Any


def compile_function(
    name: str, what: str, cls: type, lines: Sequence[str], scope: dict[str, Any]
) -> Callable[..., Any]:
    """Compile a function, with its source in `linecache`, as attrs and cattrs do with theirs.

    Args:
        name: The function's name in the source.
        what: What it does, for the name of the file that tracebacks show.
        cls: The class it was generated for.
        lines: The source.
        scope: The names that the source uses.
    """
    source = [f"{line}\n" for line in lines]
    text = "".join(source)
    for number in count(1):  # a class of the same name, or another codec, may have another source
        file = f"<aiovonage generated {what} {cls.__module__}.{cls.__qualname__}{f'-{number}' if number > 1 else ''}>"
        entry = (len(text), None, source, file)
        if linecache.cache.setdefault(file, entry) == entry:
            break
    exec(_compiled(text, file), scope)
    function: Callable[..., Any] = scope[name]
    return function


@cache
def _compiled(text: str, file: str) -> CodeType:
    """The compiled source. Each client has a codec of its own, whose functions differ by their scope alone."""
    return compile(text, file, "exec")
