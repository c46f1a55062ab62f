"""Members that need each other are checked when a model is made."""

from __future__ import annotations

from typing import Any

import pytest

from aiovonage import InvalidValue
from aiovonage.api.channel_manager import AgentWebsite
from aiovonage.api.ten_dlc import CreateNonProfitBrand, CreatePublicCompanyBrand
from tests.core.test_unknown_values import BRAND


@pytest.mark.parametrize("model", [CreateNonProfitBrand, CreatePublicCompanyBrand])
@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        ({"alt_business_id": "150483782"}, "alt_business_id_type"),
        ({"alt_business_id_type": "DUNS"}, "alt_business_id"),
    ],
)
def test_neither_goes_without_the_other(
    model: type[CreateNonProfitBrand | CreatePublicCompanyBrand], given: dict[str, Any], lacking: str
) -> None:
    whole: dict[str, Any] = BRAND | {"vertical": "NGO", "stock_symbol": "VG", "stock_exchange": "NASDAQ"}
    with pytest.raises(InvalidValue, match="must be given with") as raised:
        model(**whole, **given)
    assert raised.value.member == lacking
    both = model(**whole, alt_business_id="150483782", alt_business_id_type="DUNS")
    assert both.alt_business_id == "150483782"


def test_a_website_has_an_address_under_either_name() -> None:
    with pytest.raises(InvalidValue, match="address or url must be given"):
        AgentWebsite(label="Home")
