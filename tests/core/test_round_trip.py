"""Whatever JSON is read, it is written again as it was."""

from __future__ import annotations

import copy
import pickle
import random
from typing import Any

import attrs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aiovonage import DecodeError
from aiovonage._core.codec.codec import Codec
from aiovonage._core.codec.model import Model
from aiovonage.api import applications, channel_manager, common, messaging_engagement, short_code_opt_in, ten_dlc, users
from tests.core.strategies import JSON, json_of
from tests.rounds import rounds

PACKAGES = [applications, channel_manager, common, messaging_engagement, short_code_opt_in, ten_dlc, users]
MODELS = [
    model
    for package in PACKAGES
    for model in vars(package).values()
    if isinstance(model, type) and issubclass(model, Model)
]


STRICT, LENIENT = Codec(strict=True), Codec()


@st.composite
def models_and_json(draw: st.DrawFn, *, odd: bool = False) -> tuple[Any, dict[str, Any]]:
    model = draw(st.sampled_from(MODELS))
    return model, draw(json_of(model, odd=odd))


@given(models_and_json())
@settings(max_examples=rounds(200))
def test_documented_json(case: tuple[Any, dict[str, Any]]) -> None:
    model, json = case
    assert STRICT.encode(STRICT.decode(model, json)) == json


@given(models_and_json(odd=True))
@settings(max_examples=rounds(200))
def test_json_with_scalars_of_other_types(case: tuple[Any, dict[str, Any]]) -> None:
    model, json = case
    assert LENIENT.encode(LENIENT.decode(model, json)) == json


@given(models_and_json(odd=True))
def test_copies_are_equal(case: tuple[Any, dict[str, Any]]) -> None:
    model = LENIENT.decode(*case)
    assert pickle.loads(pickle.dumps(model)) == model
    assert copy.deepcopy(model) == model
    assert copy.copy(model) == model


@given(models_and_json(), JSON, st.randoms(use_true_random=False))
@settings(max_examples=rounds(200))
def test_json_with_something_else_in_one_place_is_read_or_is_a_decode_error(
    case: tuple[Any, dict[str, Any]], other: Any, random: random.Random
) -> None:
    model, json = case
    # A boolean or number where the wire has a string is read too, and written as the documented string.
    assume(not any(attribute.metadata.get("format") == "string" for attribute in attrs.fields(model)))
    changed = somewhere_else(json, other, random)
    try:
        read = LENIENT.decode(model, changed)
    except DecodeError as error:
        assert error.path == "" or error.path.startswith("/")
        return
    assert isinstance(read, model)
    assert without_nulls(LENIENT.encode(read)) == without_nulls(changed)


def somewhere_else(json: Any, other: Any, random: random.Random) -> Any:
    """The JSON with a value in it replaced."""
    if isinstance(json, dict) and json and random.random() < 0.9:
        name = random.choice(list(json))
        return json | {name: somewhere_else(json[name], other, random)}
    return other


def without_nulls(json: Any) -> Any:
    """The JSON without members that are null: what `None` says."""
    if isinstance(json, dict):
        return {name: without_nulls(value) for name, value in json.items() if value is not None}
    return [without_nulls(item) for item in json] if isinstance(json, list) else json


def test_there_are_models() -> None:
    assert len(MODELS) >= 150
