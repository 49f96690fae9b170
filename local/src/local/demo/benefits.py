"""What offers give on top: a privilege, a bundle with points in it, and what somebody recommends."""

from typing import Any

from local.demo import cast, stage
from local.doors import Doors

BUNDLE = "film-night"
NEEDED: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "Privilege",
        {
            "code": "film-club",
            "name": "Film club",
            "gives": "One new film a month before it is in the cinemas.",
            "days": 90,
            "costMinor": 100,
            "currency": "CNY",
        },
    ),
    (
        "Bundle",
        {
            "code": BUNDLE,
            "name": "A night at the films",
            "parts": [
                {"kind": "POINTS", "points": 200},
                {"kind": "PRIVILEGE", "reference": "film-club"},
            ],
        },
    ),
    (
        "Endorsement",
        {
            "code": "dr-li",
            "kind": "EXPERT",
            "endorsedBy": "Dr. Li, network engineer",
            "text": "The fastest line I have measured in this city.",
            "costMinor": 20,
            "currency": "CNY",
        },
    ),
)
ON_TOP: dict[str, dict[str, Any]] = {
    "fibre-and-money-back": {"kind": "CASH_BACK", "amountMinor": 2_000},
    "fibre-for-a-friend": {"kind": "REFERRAL", "points": 500},
    "fibre-as-recommended": {"kind": "ENDORSEMENT", "reference": "dr-li"},
}


async def offer_benefits(doors: Doors) -> None:
    """What benefits are about, and offers of fibre with one benefit each."""
    for what, content in NEEDED:
        await stage.change(
            doors,
            f"define{what}",
            f"Define{what}Input",
            "input",
            content | {"unit": cast.UNIT},
            as_=cast.MARKETER,
        )
    for code, benefit in ON_TOP.items():
        offer = {
            "code": code,
            "name": code.replace("-", " ").capitalize(),
            "unit": cast.UNIT,
            "products": ["fibre-1000"],
            "priceMinor": 9_900,
            "currency": "CNY",
            "costMinor": 2_000,
            "expectedValueMinor": 30_000,
            "benefit": benefit,
        }
        await stage.change(
            doors, "defineOffer", "DefineOfferInput", "input", offer, as_=cast.MARKETER
        )
