"""JSON that Hypothesis makes up for a model."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any, get_args

import attrs
from hypothesis import strategies as st

from aiovonage._core.codec.type_inspection import (
    branches,
    hints,
    is_enum,
    is_list,
    is_literal,
    is_map,
    is_model,
    is_union,
    members,
    wire_name,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
WHOLE = st.integers(-(2**53), 2**53)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
ODD = {str: WHOLE | st.booleans(), int: TEXT, float: TEXT, bool: TEXT | WHOLE}
"""Scalars that a member of the type is not documented to hold."""


def json_of(type_: Any, form: str | None = None, *, odd: bool = False, unknown: bool = True) -> st.SearchStrategy[Any]:
    """JSON as an answer may hold it.

    Args:
        type_: A model, or the type of a member.
        form: How a scalar is written, where that is not its type.
        odd: Whether scalars may be of another type than the spec's.
        unknown: Whether objects may have members that the spec does not know.
    """
    if is_model(type_):
        return st.deferred(lambda: _object(type_, odd=odd, unknown=unknown))  # models may refer to each other
    if is_list(type_):
        return st.lists(json_of(get_args(type_)[0], odd=odd, unknown=unknown), max_size=2)
    if is_map(type_):
        return st.dictionaries(TEXT, json_of(get_args(type_)[1], odd=odd, unknown=unknown), max_size=2)
    if is_union(type_):
        return st.one_of([json_of(branch, odd=odd, unknown=unknown) for branch in branches(type_)])
    if is_enum(type_):
        return st.sampled_from([member.value for member in type_])
    if is_literal(type_):
        return st.sampled_from(get_args(type_))
    if type_ in {datetime, date}:
        return _moments(form) if not odd else _moments(form) | WHOLE | st.sampled_from(["", "never", "0000-00-00"])
    if type_ in ODD:
        usual: dict[Any, st.SearchStrategy[Any]] = {str: TEXT, int: WHOLE, float: WHOLE, bool: st.booleans()}
        if form == "string":
            return usual[type_].map(lambda value: str(value).lower())
        return usual[type_] | ODD[type_] if odd else usual[type_]
    return JSON.filter(lambda value: value is not None)


@cache
def _object(cls: Any, *, odd: bool, unknown: bool) -> st.SearchStrategy[dict[str, Any]]:
    known: dict[str, st.SearchStrategy[Any]] = {}
    for attribute in members(cls):
        admitted = branches(hints(cls)[attribute.name])
        form = attribute.metadata.get("format")
        known[wire_name(attribute)] = st.one_of(
            [json_of(branch, form, odd=odd, unknown=unknown) for branch in admitted]
        )
    required = {wire_name(a) for a in members(cls) if a.default is attrs.NOTHING}
    named = st.fixed_dictionaries(
        {name: value for name, value in known.items() if name in required},
        optional={name: value for name, value in known.items() if name not in required},
    )
    if not unknown:
        return named
    others = st.dictionaries(TEXT.filter(lambda name: name not in known), JSON, max_size=2)
    return st.tuples(named, others).map(lambda pair: pair[1] | pair[0])


def _moments(form: str | None) -> st.SearchStrategy[str]:
    moments = st.datetimes().map(lambda moment: moment.replace(microsecond=0))
    if form == "date":
        return st.dates().map(lambda day: day.isoformat())
    return moments.map(
        lambda moment: moment.isoformat(sep=" ") if form == "date-time-local" else f"{moment.isoformat()}Z"
    )
