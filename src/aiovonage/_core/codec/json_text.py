"""JSON as bytes, to values and back.

orjson does nearly all of it. It reads integers of more than 64 bits as floats, refuses a byte order mark and half an
emoji, and writes NaN as null. Where a body may have one of these, the standard library reads or writes it, so that
nothing is lost and one name that was cut off does not make a page of a thousand brands unreadable.
"""

from __future__ import annotations

import json
import math
from typing import Any

_DIGITS = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else 0 for byte in range(256))
_LONG = b"0" * 19
"""As many digits as the smallest integer has that orjson may not read exactly."""


class NotJSON(ValueError):
    """A body that is not valid JSON."""


class NotSendable(ValueError):
    """A value that JSON has no form for.

    Attributes:
        path: The place of the value, as names and indexes.
        value: A description of the value without secrets.
    """

    def __init__(self, path: tuple[str | int, ...], value: str) -> None:
        super().__init__(f"{value} at {path}")
        self.path = path
        self.value = value


def loads(body: bytes) -> Any:
    """The value of a body, with integers of any size. To look for these takes time; see `may_be_inexact`.

    Raises:
        NotJSON: saying where it goes wrong.
    """
    import orjson  # slow to import

    if _LONG not in body.translate(_DIGITS):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass
    try:
        encoding = json.detect_encoding(body)
        return json.loads(body.decode(encoding), parse_constant=_not_a_number, parse_float=_finite)
    except RecursionError:
        raise NotJSON("it is nested too deeply") from None
    except NotJSON:
        raise
    except ValueError as error:
        raise NotJSON(str(error)) from None


def may_be_inexact(value: Any) -> bool:
    """Whether a decoded value holds a float that may have been an integer of more than 64 bits."""
    left = [value]  # no recursion: an answer may be nested more deeply than Python calls
    while left:
        value = left.pop()
        if value.__class__ is float:
            if abs(value) >= _SMALLEST_INEXACT:
                return True
        elif value.__class__ is list:
            left += value
        elif value.__class__ is dict:
            left += value.values()
    return False


_SMALLEST_INEXACT = 2.0**63


def _not_a_number(text: str) -> float:
    raise NotJSON(f"{text} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise NotJSON(f"{text[:40]} is too large for a number")
    return number


def check(value: Any) -> None:
    """Whether JSON has a form for a value; orjson writes NaN as null.

    Raises:
        NotSendable: for a value that it has none for, such as NaN or half an emoji.
    """
    _check(value, ())


def dumps(value: Any) -> bytes:
    """A value that orjson refuses, as a body: integers may have any size.

    Raises:
        NotSendable: for a value that JSON has no form for, such as NaN or half an emoji.
    """
    _check(value, ())
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: Any) -> Any:
    import orjson

    return orjson.loads(orjson.dumps(value))  # dates and the like


def _check(value: Any, path: tuple[str | int, ...]) -> None:
    """Find what cannot be sent."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise NotSendable(path, "text with half of a surrogate pair") from None
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise NotSendable(path, repr(value))
    elif value is None or isinstance(value, int):
        return
    elif len(path) > _DEEPEST:
        raise NotSendable(path[:3], "a value that is nested too deeply")
    elif isinstance(value, dict):
        for name, member in value.items():
            if not isinstance(name, str):
                raise NotSendable(path, f"an object with the name {name!r}, which is not text")
            _check(name, (*path, name))
            _check(member, (*path, name))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check(item, (*path, index))
    else:
        _check_other(value, path)


_DEEPEST = 254  # as deep as orjson goes


def _check_other(value: Any, path: tuple[str | int, ...]) -> None:
    import orjson

    try:
        orjson.dumps(value)
    except TypeError:
        raise NotSendable(path, f"a {type(value).__name__}") from None
