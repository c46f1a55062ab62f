"""The area codes of the North American Numbering Plan: the country of each, and which codes may be assigned."""

from __future__ import annotations

import re
from functools import cache

_NEVER_ASSIGNED = re.compile(
    r".9."  # reserved for numbers of more than ten digits
    r"|.([0-9])\1"  # easily recognizable codes: services, never places
    r"|37.|96."  # reserved as whole blocks
    r"|950"
)
"""Codes that the plan's administrator does not assign to a place (NANPA, "About area codes"). Any other code may be
assigned at any time: of the 469 codes in phonenumbers 9.0.43, version 8.13.0 did not contain 34."""

_PROBES = "23456789"
"""First digits of exchanges. The regions of a few codes differ by exchange in the metadata."""


def area_code_problem(national: str, country: str | None) -> str | None:
    """Return why a number does not belong to a country; None if it does or may.

    Args:
        national: Ten digits: area code, exchange, line.
        country: `US` or `CA`; None for all countries of the plan.
    """
    code, exchange = national[:3], national[3]
    if code[0] in "01":
        return f"no area code begins with {code[0]}, as {code} does"
    if exchange in "01":
        return f"no exchange begins with {exchange}, as {national[3:6]} after the area code does"
    return _problem(code, country)


@cache
def _problem(code: str, country: str | None) -> str | None:
    regions = _regions(code, country)
    if not regions:
        return f"there is no area code {code}" if _NEVER_ASSIGNED.fullmatch(code) else None
    if country is None or country in regions:
        return None
    return f"a number of {', '.join(sorted(regions))}, not of {country}"


def _regions(code: str, country: str | None) -> set[str]:
    """Return the regions of a code according to the metadata; toll-free codes belong to all."""
    from phonenumbers import PhoneNumber, is_valid_number_for_region, region_code_for_number

    regions: set[str] = set()
    for digit in _PROBES:
        number = PhoneNumber(country_code=1, national_number=int(f"{code}{digit}550101"))
        if country is not None and is_valid_number_for_region(number, country):
            return {country}
        if region := region_code_for_number(number):
            regions.add(region)
    return regions
