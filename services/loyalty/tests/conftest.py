"""The loyalty service as its tests see it; their words stand in the modules beside this one."""

from collections.abc import Iterator

import pytest
from services.loyalty.tests.achievements import achievements
from services.loyalty.tests.boards import boards
from services.loyalty.tests.campaigns import campaigns
from services.loyalty.tests.clubs import clubs
from services.loyalty.tests.lotteries import lotteries
from services.loyalty.tests.members import adjust, members, spend
from services.loyalty.tests.packets import packets
from services.loyalty.tests.referrals import referrals
from services.loyalty.tests.rules import rules
from services.loyalty.tests.shop import shop
from services.loyalty.tests.till import till
from services.loyalty.tests.vouchers import vouchers

from kit.app import Service
from loyalty.app import loyalty
from loyalty.settings import settings as own_settings

__all__ = [
    "achievements",
    "adjust",
    "boards",
    "campaigns",
    "clubs",
    "lotteries",
    "members",
    "packets",
    "referrals",
    "rules",
    "shop",
    "spend",
    "till",
    "vouchers",
]


@pytest.fixture(autouse=True)
def _as_on_a_laptop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The service's own settings, without what production would have to be told."""
    monkeypatch.setenv("ENVIRONMENT", "local")
    own_settings.cache_clear()
    yield
    own_settings.cache_clear()


@pytest.fixture
def service() -> Service:
    return loyalty
