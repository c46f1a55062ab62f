"""Figures of templates, messages and prices, by period."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.handlers.whatsapp.common import ROOT, find_waba
from aiovonage.sandbox.handlers.whatsapp.periods import Periods
from aiovonage.sandbox.pages import LINKS_HOST, link
from aiovonage.sandbox.problems import problem
from aiovonage.sandbox.specs import documented

POINTS_A_PAGE = 2
"""So that a few days fill several pages."""

MOST_DAYS = 90
"""The longest range for the figures of templates; the document gives no limit for the others."""


@handles("whatsapp.get_template_analytics")
def get_template_analytics(call: Call) -> Response:
    waba_id = find_waba(call)["waba_id"]
    periods = Periods.asked_for(call.values)
    if (periods.last - periods.first).days > MOST_DAYS:
        wrong = {"field": "end", "description": f"Field 'end' must be at most {MOST_DAYS} days after 'start'"}
        detail = "There were some errors with the request, please correct the requested fields"
        title = "There were some issues with the submitted data"
        raise problem(422, "#invalid-data", title, detail, invalid_parameters=[wrong])
    body = documented("whatsapp.get_template_analytics")
    (point,) = body["_embedded"]["template_analytics"]
    templates = call.values.get("template_ids") or [point["template_id"]]
    first, size = _cursor(call.values.get("cursor")), call.page_size(POINTS_A_PAGE)
    total = len(periods) * len(templates)
    points = []
    for index in range(first, min(first + size, total)):
        template, period = divmod(index, len(periods))
        begin, end = periods[period]
        dates = {"start": _rfc3339(begin), "end": _rfc3339(end)}
        points.append({**point, "template_id": str(templates[template]), **dates, "sent": 100 + period})
    body["_embedded"]["template_analytics"] = points
    path = f"{ROOT}/wabas/{waba_id}/template-analytics"
    body["page_size"] = size
    body["_links"] = {"self": link(path, page_size=size, cursor=f"c{first}")}
    if first + size < total:
        body["_links"]["next"] = link(path, page_size=size, cursor=f"c{first + size}")
    return Response(200, body)


@handles("whatsapp.get_messaging_analytics")
def get_messaging_analytics(call: Call) -> Response:
    return _analytics(call, "messaging", "sent")


@handles("whatsapp.get_pricing_analytics")
def get_pricing_analytics(call: Call) -> Response:
    return _analytics(call, "pricing", "volume")


def _analytics(call: Call, kind: str, count: str) -> Response:
    """A page of figures, with the cursors of the pages before and after it."""
    waba_id = find_waba(call)["waba_id"]
    body = documented(f"whatsapp.get_{kind}_analytics")
    (point,) = body["_embedded"][f"{kind}_analytics"]
    periods = Periods.asked_for(call.values)
    first = _cursor(call.values.get("after"))
    following = first + POINTS_A_PAGE
    written = _unix if kind == "messaging" else _rfc3339
    points = []
    for index in range(first, min(following, len(periods))):
        begin, end = periods[index]
        points.append({**point, "start": written(begin), "end": written(end), count: 100 + index})
    body["_embedded"][f"{kind}_analytics"] = points
    body["granularity"] = periods.granularity
    # The document's URLs have another version and path than the request: only their cursors are usable.
    url = f"{LINKS_HOST}/v2/channel-manager/wabas/{waba_id}/{kind}-analytics"
    body["paging"] = {"cursors": {"before": f"c{first}", "after": f"c{following}"}}
    if following < len(periods):
        body["paging"]["next"] = f"{url}?after=c{following}"
    if first:
        body["paging"]["previous"] = f"{url}?before=c{first}"
    return Response(200, body)


def _unix(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _rfc3339(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat() + "Z"  # strftime does not pad years before 1000


def _cursor(text: Any) -> int:
    digits = str(text or "c0").removeprefix("c")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else 0
