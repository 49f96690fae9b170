"""The terms of a reward as a marketer writes them, and what they may not say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from kit.currencies import CURRENCIES
from kit.errors import InvalidInput
from kit.units import UNIT_PATH
from loyalty.currencies.models import POINTS
from loyalty.points.models import MOST_POINTS
from loyalty.rewards.models import MOST_AT_ONCE, PAID_IN_MONEY, Reward, RewardKind

CODE = re.compile(r"[a-z0-9_-]{1,40}")
REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,64}")
NAME_LENGTH = 200
DESCRIPTION_LENGTH = 4_000
MOST_SEGMENTS = 50
MOST_MINOR = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is said of a reward before it is kept."""

    code: str
    kind: RewardKind
    name: str
    unit: str
    money: str
    description: str = ""
    currency: str = POINTS
    price: int | None = None
    cost_minor: int = 0
    value_minor: int | None = None
    partner_code: str | None = None
    voucher_type: str | None = None
    lowest_tier: str | None = None
    segments: Sequence[str] = ()
    most_per_member: int | None = None
    most_per_day: int | None = None
    most_at_once: int = 1
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    @classmethod
    def of(cls, reward: Reward) -> "Terms":
        return cls(**{each.name: getattr(reward, each.name) for each in fields(cls)})

    def columns(self) -> dict[str, Any]:
        """The same as columns of the table; InvalidInput names what can't be."""
        for field, (fits, wrong) in (self._words() | self._numbers() | self._together()).items():
            if not fits:
                raise InvalidInput(field, wrong)
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        return named | {"segments": sorted(set(self.segments))}

    def _words(self) -> dict[str, tuple[bool, str]]:
        code, money = CODE.fullmatch(self.code), self.money in CURRENCIES
        segments = [bool(REFERENCE.fullmatch(each)) for each in self.segments]
        return {
            "code": (bool(code), "takes 1 to 40 of a-z, 0-9, - and _"),
            "name": (_is_name(self.name), f"takes 1 to {NAME_LENGTH} printable characters"),
            "description": (
                len(self.description) <= DESCRIPTION_LENGTH and "\0" not in self.description,
                f"takes up to {DESCRIPTION_LENGTH} characters",
            ),
            "unit": (bool(UNIT_PATH.fullmatch(self.unit)), "is a path such as hq.zj.hz"),
            "money": (bool(money), "is money of ISO 4217, such as CNY"),
            "segments": (
                all(segments) and len(segments) <= MOST_SEGMENTS,
                f"are up to {MOST_SEGMENTS} codes of segments",
            ),
        }

    def _numbers(self) -> dict[str, tuple[bool, str]]:
        many = f"is between 1 and {MOST_POINTS}, or left out"
        return {
            "price": (_is_one_of_many(self.price, MOST_POINTS), many),
            "mostPerMember": (_is_one_of_many(self.most_per_member, MOST_POINTS), many),
            "mostPerDay": (_is_one_of_many(self.most_per_day, MOST_POINTS), many),
            "mostAtOnce": (
                0 < self.most_at_once <= MOST_AT_ONCE,
                f"is between 1 and {MOST_AT_ONCE}",
            ),
            "costMinor": (0 <= self.cost_minor <= MOST_MINOR, f"is between 0 and {MOST_MINOR}"),
        }

    def _together(self) -> dict[str, tuple[bool, str]]:
        in_money = self.kind in PAID_IN_MONEY
        value = (self.value_minor or 0) in range(1, MOST_MINOR + 1)
        begins, ends = self.valid_from, self.valid_until
        return {
            "valueMinor": (
                value if in_money else self.value_minor is None,
                "is given, from 1, for top-ups and cash-back, and only for them",
            ),
            "partnerCode": (
                _belongs(self.partner_code, self.kind == RewardKind.PARTNER),
                "is a partner's code, for partner rewards and only for them",
            ),
            "voucherType": (
                _belongs(self.voucher_type, self.kind == RewardKind.VOUCHER),
                "is the code of a voucher type, for vouchers and only for them",
            ),
            "validUntil": (
                begins is None or ends is None or begins < ends,
                "comes after validFrom",
            ),
        }


def _is_name(given: str) -> bool:
    return bool(given.strip()) and given.isprintable() and len(given) <= NAME_LENGTH


def _is_one_of_many(given: int | None, most: int) -> bool:
    return given is None or 1 <= given <= most


def _belongs(given: str | None, wanted: bool) -> bool:
    return wanted and bool(REFERENCE.fullmatch(given)) if given is not None else not wanted
