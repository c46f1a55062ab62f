"""Linking numbers to a 10DLC campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiovonage.api.ten_dlc.models import LinkNumber
from aiovonage.bulk.journal import Claim, Claimed
from aiovonage.bulk.outcome import LinkOutcome, Status
from aiovonage.bulk.settle import failure_outcome, is_about, stops_the_run
from aiovonage.core.errors import APIError, Conflict, DecodeError, NotFound, RateLimited, ServerError, TransportError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiovonage.api.ten_dlc.endpoints import TenDlc
    from aiovonage.bulk.breaker import Breaker

ATTEMPTS = 8
"""How often a number is tried while the server answers others."""


class LinkJob:
    """Links one number at a time.

    A POST whose answer is lost is settled by a GET before it is sent again, and so is a 409: the number is ours
    already, or another's.
    """

    batch = 1

    def __init__(self, api: TenDlc, brand_id: str, campaign_id: str, country: str) -> None:
        self._api = api
        self._brand_id = brand_id
        self._campaign_id = campaign_id
        self._country = country
        self.run = {"job": "link_numbers", "brand": brand_id, "campaign": campaign_id, "country": country}

    async def process(self, claimed: Sequence[Claimed], breaker: Breaker) -> list[LinkOutcome]:
        """Link the numbers."""
        return [
            await self._link(str(entry.number), breaker, maybe_sent=entry.claim is Claim.SETTLE) for entry in claimed
        ]

    async def _link(self, number: str, breaker: Breaker, *, maybe_sent: bool) -> LinkOutcome:
        attempt = 0
        while True:
            try:
                if maybe_sent:
                    linked = await self._is_linked(number)
                    breaker.answered()
                    if linked:
                        return LinkOutcome(number, Status.LINKED)
                outcome = await self._post(number, maybe_sent=maybe_sent)
            except (TransportError, ServerError) as failure:
                maybe_sent = maybe_sent or getattr(failure, "sent", True)
                attempt += 1
                breaker.failed()
                if attempt >= ATTEMPTS:
                    return failure_outcome(number, failure)
                await breaker.before_retry(attempt - 1, failure)
            except RateLimited:
                continue  # it was not processed, and the throttle makes the next one wait
            else:
                breaker.answered()
                return outcome

    async def _post(self, number: str, *, maybe_sent: bool) -> LinkOutcome:
        try:
            await self._api.link_number(
                self._brand_id, self._campaign_id, LinkNumber(country=self._country, number=number)
            )
        except DecodeError as error:
            if error.status is None:
                raise
            return LinkOutcome(number, Status.LINKED)  # a body that cannot be read, but a status that says it all
        except Conflict as conflict:
            if not await self._is_linked(number):
                return LinkOutcome(number, Status.CONFLICT, conflict.problem)
            return LinkOutcome(number, Status.LINKED if maybe_sent else Status.ALREADY_LINKED)
        except (RateLimited, ServerError):
            raise
        except APIError as refusal:
            if stops_the_run(refusal) or is_about(refusal, self._brand_id, self._campaign_id):
                raise
            return LinkOutcome(number, Status.REJECTED, refusal.problem)
        return LinkOutcome(number, Status.LINKED)

    async def _is_linked(self, number: str) -> bool:
        try:
            await self._api.get_number(self._brand_id, self._campaign_id, number)
        except NotFound:
            return False
        except DecodeError as error:
            if error.status is None:
                raise
        return True
