"""How a draw comes about: from what was committed to before, and in a chain that shows every change.

Nothing here knows of databases. The published verifier does the same, on its own.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FORMAT = "octoreach-lottery/1"
OF_A_MILLION = 1_000_000
WORD = 2**32
FAIR = WORD - WORD % OF_A_MILLION
"""Words from here on are left out: with them, low numbers would be likelier than high ones."""


def canonical(said: Mapping[str, Any]) -> bytes:
    """The one way to write something down, so that everybody gets the same hash."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def hash_of_seed(seed: str) -> str:
    return digest(bytes.fromhex(seed))


def link_after(previous: str, record: Mapping[str, Any]) -> str:
    """The link of a draw: of the link before it, and of what the draw says."""
    return digest(bytes.fromhex(previous) + canonical(record))


def pseudonym(salt: str, customer_id: Any) -> str:
    """What a customer is called in one epoch: only who has the salt can tell who it is."""
    return hmac.digest(bytes.fromhex(salt), str(customer_id).encode(), "sha256").hex()[:32]


def roll(seed: str, epoch_id: str, who: str, client_seed: str, nonce: int) -> int:
    """A number of a million, each exactly as likely as the others.

    It follows from the seed, and from what the operator can't choose: who draws, what their device
    said, and the how-manieth draw of theirs it is in the epoch.
    """
    key = bytes.fromhex(seed)
    block = 0
    while True:
        said = f"{FORMAT}|{epoch_id}|{who}|{client_seed}|{nonce}|{block}".encode()
        words = hmac.digest(key, said, "sha256")
        for at in range(0, 32, 4):
            word = int.from_bytes(words[at : at + 4], "big")
            if word < FAIR:
                return word % OF_A_MILLION
        block += 1


@dataclass
class Pool:
    """The table of prizes with what is left of each at a point of the chain.

    `prizes` are as an epoch's opening tells them; `left` and `today` go with the draws.
    """

    prizes: Sequence[Mapping[str, Any]]
    left: dict[str, int | None] = field(init=False)
    today: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.by_code = {each["code"]: each for each in self.prizes}
        self.left = {each["code"]: each["left"] for each in self.prizes}
        self.today = dict.fromkeys(self.by_code, 0)

    def named(self, number: int) -> str:
        """The prize to which the odds give this number of a million."""
        for each in self.prizes:
            number -= each["odds"]
            if number < 0:
                return str(each["code"])
        raise ValueError("the odds make less than a million")

    def is_there(self, code: str) -> bool:
        left, per_day = self.left[code], self.by_code[code]["per_day"]
        return (left is None or left > 0) and (per_day is None or self.today[code] < per_day)

    def given_for(self, code: str, withheld: Sequence[str] = ()) -> str:
        """That prize or, while there is none or it was withheld, the one that stands in for it."""
        while not self.is_there(code) or code in withheld:
            code = self.by_code[code]["fallback"]
        return code

    def take(self, code: str) -> None:
        left = self.left[code]
        self.left[code] = None if left is None else left - 1
        self.today[code] += 1
