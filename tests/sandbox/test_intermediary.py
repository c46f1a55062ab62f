"""An intermediary answers instead of the API: nothing is carried out, and the answer does not look like the API's."""

from __future__ import annotations

from typing import Any

import pytest

from aiovonage.sandbox import Faults
from aiovonage.sandbox.intermediary import INTERMEDIARY_KINDS
from tests.sandbox.asking import asked
from tests.virtual_time import in_virtual_time

JSON = {
    "403-json": {"message": "You cannot consume this service"},
    "404-json": {"message": "no Route matched with those values"},
    "407-json": {"message": "Proxy Authentication Required"},
}


@pytest.mark.parametrize("kind", INTERMEDIARY_KINDS)
async def test_each_kind_is_answered_as_it_says_and_nothing_is_carried_out(kind: str) -> None:
    async with asked(faults=Faults(intermediary=1.0, intermediary_kinds=(kind,))) as api:
        answer = await api.link()
        assert answer.status_code == int(kind[:3])
        assert api.sandbox.state.numbers == {}
        assert api.sandbox.injected == {"intermediary": 1}
        assert api.sandbox.statuses == {answer.status_code: 1}
        assert ("location" in answer.headers) == (kind in {"302", "307"})
        assert ("proxy-authenticate" in answer.headers) == kind.startswith("407")
        if kind in JSON:
            assert answer.json() == JSON[kind]
        else:
            assert answer.headers["content-type"].startswith("text/html")
            assert "<html>" in answer.text


@in_virtual_time
async def test_a_share_of_the_requests_gets_every_kind_and_the_seed_repeats_it() -> None:
    async def answers(seed: int) -> list[int]:
        async with asked(faults=Faults(intermediary=0.5, seed=seed)) as api:
            return [(await api.link(str(12025550000 + index))).status_code for index in range(300)]

    first = await answers(1)
    assert 100 < sum(status != 202 for status in first) < 200
    assert set(first) == {200, 202, 302, 307, 403, 404, 407, 408, 425, 502}
    assert first == await answers(1)
    assert first != await answers(2)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"intermediary": 2}, r"Faults\.intermediary must be a share"),
        (
            {"intermediary_kinds": ("404page",)},
            r"Faults\.intermediary_kinds: '404page' is not known\. Did you mean '404-page'",
        ),
        ({"intermediary_kinds": "404-page"}, r"Faults\.intermediary_kinds must be a tuple of one or more of 302, 307"),
        ({"intermediary_kinds": ()}, r"Faults\.intermediary_kinds must be a tuple"),
    ],
)
def test_kinds_that_make_no_sense_are_refused_by_name(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Faults(**wrong)
