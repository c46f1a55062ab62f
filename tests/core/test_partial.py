"""Answers that speak of each number."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiovonage import BadRequest, DecodeError, PartialFailure, PartialResult
from aiovonage._core.partial import read_partial
from aiovonage.api.messaging_engagement import AddNumbers
from tests.core.answers import Answer, Answers
from tests.core.strategies import JSON

A, B, C = "15550000001", "15550000002", "15550000003"


async def add(answer: Answer, *numbers: str) -> PartialResult:
    """Add numbers to an engagement, and be answered so."""
    async with Answers(answer).client() as vonage:
        return await vonage.engagements.add_numbers("E1", AddNumbers(numbers=list(numbers)))


def outcome(result: PartialResult) -> tuple[set[str], set[str], set[str]]:
    """Who succeeded, who failed, and of whom nothing is said."""
    return set(result.succeeded), {failed.item for failed in result.failed}, set(result.unknown)


@pytest.mark.parametrize("body", [{"numbers": [A, B]}, {"_links": {}}, {}])
async def test_a_200_that_tells_no_number_apart_means_all(body: Any) -> None:
    result = await add(Answer(200, body), A, B)
    assert outcome(result) == ({A, B}, set(), set())
    assert result.ok
    result.raise_for_failures()


async def test_a_200_that_mentions_some_numbers_says_nothing_about_the_others() -> None:
    result = await add(Answer(200, {"numbers": [A]}), A, B)
    assert outcome(result) == ({A}, set(), {B})
    assert not result.ok


async def test_a_200_that_says_otherwise_of_an_item_is_believed() -> None:
    result = await add(Answer(200, {"numbers": [A], "failed": [{"number": B, "reason": "not yours"}]}), A, B, C)
    assert outcome(result) == ({A}, {B}, {C})


async def test_a_page_is_no_success() -> None:
    page = Answer(200, b"\n<!doctype html><title>Please log in</title>")
    with pytest.raises(DecodeError, match="is a page") as caught:
        await add(page, A)
    assert (caught.value.status, caught.value.body) == (200, page.body)
    async with Answers(page).client() as vonage:
        with pytest.raises(DecodeError, match="ten_dlc"):
            await vonage.ten_dlc.unlink_number("B", "C", A)


BODIES: list[tuple[Any, str]] = [
    # Lists of numbers under names that say what happened.
    ({"succeeded": [A], "failed": [B]}, "A ok, B failed, C unknown"),
    ({"numbers": [A], "errors": [{"number": B, "title": "Taken"}]}, "A ok, B failed, C unknown"),
    ({"added": [A, C], "rejected": [B]}, "A and C ok, B failed"),
    ({"numbers": [A, B], "invalid_numbers": [B]}, "A ok, B failed, C unknown"),
    ({"failed_numbers": [int(B)], "numbers": [int(A)]}, "A ok, B failed, C unknown"),
    # Objects with a status each.
    ([{"number": A, "status": 200}, {"number": B, "status": 409}], "A ok, B failed, C unknown"),
    ({"results": [{"number": A, "status": "ok"}, {"number": B, "status": "FAILED"}]}, "A ok, B failed, C unknown"),
    ({"results": [{"msisdn": f"+{A}", "status": 201}, {"msisdn": f"+{B}", "error": "x"}]}, "A ok, B failed, C unknown"),
    ({"results": [{"number": A, "success": True}, {"number": B, "success": False}]}, "A ok, B failed, C unknown"),
    (
        [{"number": A, "status": "success", "message": "done"}, {"number": B, "error": {"title": "Taken"}}],
        "A ok, B failed, C unknown",
    ),
    ({"added": [A], "errors": [{"number": B, "reason": "taken"}]}, "A ok, B failed, C unknown"),
    ({"numbers": [A, B, C], "succeeded": [A], "failed": [B]}, "A ok, B failed, C unknown"),  # an echo of the request
    # Objects keyed by number.
    ({A: {"status": "ok"}, B: {"status": 409, "title": "Taken"}}, "A ok, B failed, C unknown"),
    ({"numbers": {A: {}, B: {"error": {"title": "Taken"}}}}, "A ok, B failed, C unknown"),
    ({"errors": {B: {"detail": "Taken"}}, "numbers": [A]}, "A ok, B failed, C unknown"),
    # Nothing that is understood.
    ({}, "all unknown"),
    ([], "all unknown"),
    ("text", "all unknown"),
    (b"<html>", "all unknown"),
    ({"_links": {"self": [A]}}, "all unknown"),
    ({"count": 3, "message": f"{A} was added"}, "all unknown"),
    # Words and names that are not exactly known say nothing, whatever they sound like.
    ([{"number": A, "error": None, "errors": []}, {"number": B, "reason": "taken"}], "all unknown"),
    ({"results": [{"number": n, "message": "Number added"} for n in (A, B, C)]}, "all unknown"),
    ({"results": [{"number": A, "status": "DENIED"}, {"number": B, "status": "duplicate"}]}, "all unknown"),
    ({"results": [{"number": A, "status": "409"}, {"number": B, "status": "404 Not Found"}]}, "all unknown"),
    ({"results": [{"msisdn": A, "code": 12, "text": "taken"}, {"msisdn": B, "result": "FAILED"}]}, "all unknown"),
    ({"unprocessed": [A], "skipped": [B], "not_found": [C]}, "all unknown"),
    ({"numbers": [{"number": A, "status": "DENIED"}]}, "all unknown"),
    ([{"number": A, "status": "ok", "error": "taken"}], "all unknown"),  # a yes and a no
    ([{"number": A, "status": 207}], "all unknown"),
]
OUTCOMES = {
    "A ok, B failed, C unknown": ({A}, {B}, {C}),
    "A and C ok, B failed": ({A, C}, {B}, set()),
    "all unknown": (set(), set(), {A, B, C}),
}


@pytest.mark.parametrize(("body", "expected"), BODIES)
async def test_a_207_is_read_in_many_shapes(body: Any, expected: str) -> None:
    result = await add(Answer(207, body), A, B, C)
    assert outcome(result) == OUTCOMES[expected]
    assert result.status == 207
    assert not result.ok
    assert result.body == (None if isinstance(body, bytes) else body)


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ({"error": {"title": "Taken", "type": "https://x#taken"}}, "Taken"),
        ({"problem": {"title": "Taken"}}, "Taken"),
        ({"title": "Taken"}, "Taken"),
        ({"status": 409, "reason": "Taken"}, "Taken"),
        ({"success": False, "message": "Taken"}, "Taken"),
        ({"error": "Taken"}, "Taken"),
    ],
)
async def test_a_failure_says_why(said: dict[str, Any], title: str) -> None:
    result = await add(Answer(207, [{"number": B, **said}]), A, B)
    (failed,) = result.failed
    assert failed.problem.title == title


async def test_raise_for_failures_names_the_first() -> None:
    result = await add(Answer(207, {"numbers": [A], "errors": [{"number": B, "title": "Taken"}]}), A, B, C)
    with pytest.raises(PartialFailure, match=f"1 failed, 1 unknown, 1 succeeded.*{B}: Taken") as raised:
        result.raise_for_failures()
    assert raised.value.result is result


async def test_unknown_alone_is_no_success_either() -> None:
    result = await add(Answer(207, {"numbers": [A]}), A, B)
    assert outcome(result) == ({A}, set(), {B})
    assert not result.ok
    with pytest.raises(PartialFailure, match="1 unknown"):
        result.raise_for_failures()


async def test_a_400_that_speaks_of_numbers_is_a_result() -> None:
    body = {"title": "All failed", "errors": [{"number": A, "title": "Taken"}]}
    result = await add(Answer(400, body), A, B)
    assert outcome(result) == (set(), {A, B}, set())
    assert [failed.problem.title for failed in result.failed] == ["Taken", "All failed"]


@pytest.mark.parametrize("body", [{"title": "Malformed", "detail": "no JSON"}, {}, b"", b"<html>", {"numbers": [A]}])
async def test_a_400_that_does_not_is_a_bad_request(body: Any) -> None:
    with pytest.raises(BadRequest) as raised:
        await add(Answer(400, body), A, B)
    assert raised.value.operation == "engagements.add_numbers"


async def test_items_keep_their_spelling_and_order() -> None:
    result = await add(Answer(207, {"numbers": [A, B], "failed": [C]}), f"+{B}", A, C, A)
    assert result.succeeded == [f"+{B}", A, A]
    assert [failed.item for failed in result.failed] == [C]


@given(st.sampled_from([200, 207, 400]), JSON, st.lists(st.sampled_from([A, B, "1", "0", "True", ""]), max_size=4))
def test_every_number_has_one_outcome_whatever_the_body(status: int, body: Any, numbers: list[str]) -> None:
    result = read_partial(status, body, numbers)
    if result is None:
        assert status == 400
        return
    failed = [item.item for item in result.failed]
    assert sorted([*result.succeeded, *failed, *result.unknown]) == sorted(numbers)
