"""Who is held out, and who is in which arm: by a hash, so that it is the same wherever it is asked."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

HOLDOUT: Final = "global holdout"


def share_of(name: str, sampling_key: str) -> float:
    """A number from 0 up to 1, evenly spread over customers, independent between names."""
    digest = blake2b((name + sampling_key).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def is_control(campaign_code: str, sampling_key: str, share: float) -> bool:
    return share_of(campaign_code, sampling_key) < share


def is_held_out_of_all(sampling_key: str, share: float) -> bool:
    return share_of(HOLDOUT, sampling_key) < share


def arm_of(campaign_code: str, sampling_key: str, arms: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The arm a treated customer is in, by the arms' weights."""
    place = share_of(f"{campaign_code}/arm/", sampling_key) * sum(arm["weight"] for arm in arms)
    for arm in arms:
        place -= arm["weight"]
        if place < 0:
            return arm
    return arms[-1]
