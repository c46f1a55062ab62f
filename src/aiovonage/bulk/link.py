"""Linking numbers to a 10DLC campaign, and unlinking them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from aiovonage.api.ten_dlc.models import LinkNumber
from aiovonage.bulk.identity import campaign_run
from aiovonage.bulk.journal import Claim, Claimed
from aiovonage.bulk.outcome import LinkOutcome, Status, failure_outcome
from aiovonage.bulk.persistence import is_of_the_api, stops_the_run, until_answered
from aiovonage.core.errors import APIError, Conflict, DecodeError, NotFound, RateLimited, ServerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiovonage.api.ten_dlc.endpoints import TenDlc
    from aiovonage.bulk.breaker import Breaker
    from aiovonage.core.raw import RawResponse


class _CampaignJob:
    """A job over the numbers of a campaign, one at a time."""

    batch = 1

    def __init__(self, api: TenDlc, brand_id: str, campaign_id: str) -> None:
        self._api = api
        self._brand_id = brand_id
        self._campaign_id = campaign_id

    async def process(self, claimed: Sequence[Claimed], breaker: Breaker) -> list[LinkOutcome]:
        """Do each number."""
        outcomes: list[LinkOutcome] = []
        for entry in claimed:
            number = str(entry.number)
            attempt, look = partial(self._attempt, number, breaker), partial(self._look, number)
            result = await until_answered(attempt, look, breaker, maybe_sent=entry.claim is Claim.SETTLE)
            outcomes.append(result if isinstance(result, LinkOutcome) else failure_outcome(number, result))
        return outcomes

    async def _attempt(self, number: str, breaker: Breaker, maybe_sent: bool) -> LinkOutcome:
        raise NotImplementedError

    async def _look(self, number: str) -> LinkOutcome | None:
        raise NotImplementedError

    async def _is_linked(self, number: str) -> bool:
        try:
            await self._api.get_number(self._brand_id, self._campaign_id, number)
        except NotFound:
            return False
        except DecodeError as error:
            if not is_of_the_api(error):
                raise
        return True

    def _rejected(self, number: str, refusal: APIError) -> LinkOutcome:
        """The outcome of a number that is refused; raises what would refuse all others too."""
        targets = self._brand_id, self._campaign_id
        if isinstance(refusal, RateLimited | ServerError) or stops_the_run(refusal, *targets):
            raise refusal
        return LinkOutcome(number, Status.REJECTED, refusal.problem)


class LinkJob(_CampaignJob):
    """Links numbers.

    A POST whose answer is lost is settled by a GET before it is sent again, and so is a 409: the number is ours
    already, or another campaign's.
    """

    def __init__(self, api: TenDlc, brand_id: str, campaign_id: str, country: str) -> None:
        super().__init__(api, brand_id, campaign_id)
        self._country = country
        self.run: dict[str, str] = campaign_run("link_numbers", brand_id, campaign_id, country=country)

    async def _attempt(self, number: str, breaker: Breaker, maybe_sent: bool) -> LinkOutcome:
        if maybe_sent:
            linked = await self._is_linked(number)
            breaker.answered()
            if linked:
                return LinkOutcome(number, Status.LINKED)
        body = LinkNumber(country=self._country, number=number)
        try:
            await self._api.link_number(self._brand_id, self._campaign_id, body)
        except DecodeError as error:
            if not is_of_the_api(error):
                raise
        except Conflict as conflict:
            if not await self._is_linked(number):
                return LinkOutcome(number, Status.CONFLICT, conflict.problem)
            return LinkOutcome(number, Status.LINKED if maybe_sent else Status.ALREADY_LINKED)
        except APIError as refusal:
            return self._rejected(number, refusal)
        return LinkOutcome(number, Status.LINKED)

    async def _look(self, number: str) -> LinkOutcome | None:
        return LinkOutcome(number, Status.LINKED) if await self._is_linked(number) else None


class UnlinkJob(_CampaignJob):
    """Unlinks numbers. A 404 after a DELETE whose answer was lost says that it was carried out.

    Args:
        api: Gives raw answers: a DELETE has no body to decode, by which a page of somebody in between would show.
        brand_id: The brand of the campaign.
        campaign_id: The campaign.
    """

    def __init__(self, api: TenDlc, brand_id: str, campaign_id: str) -> None:
        super().__init__(api, brand_id, campaign_id)
        self.run: dict[str, str] = campaign_run("unlink_numbers", brand_id, campaign_id)

    async def _attempt(self, number: str, breaker: Breaker, maybe_sent: bool) -> LinkOutcome:
        try:
            answer: Any = await self._api.unlink_number(self._brand_id, self._campaign_id, number)  # type: ignore[func-returns-value]
            _refuse_pages(answer)
        except NotFound as missing:
            _refuse_pages(missing)
            if stops_the_run(missing, self._brand_id, self._campaign_id):
                raise
            return LinkOutcome(number, Status.UNLINKED if maybe_sent else Status.NOT_LINKED)
        except APIError as refusal:
            return self._rejected(number, refusal)
        return LinkOutcome(number, Status.UNLINKED)

    async def _look(self, number: str) -> LinkOutcome | None:
        return None if await self._is_linked(number) else LinkOutcome(number, Status.UNLINKED)


def _refuse_pages(answer: NotFound | RawResponse[Any]) -> None:
    """Raise `DecodeError` for a body that is none of the API's."""
    if answer.body and not is_of_the_api(answer):
        raise DecodeError("the answer is no JSON object", body=answer.body, status=answer.status)
