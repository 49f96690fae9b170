"""Codes nobody can guess, and that are read back as they were meant."""

import os
from typing import Final

ALPHABET: Final = "23456789BCDFGHJKLMNPQRSTVWXYZ"
"""No 0 and O, no 1 and I, no vowels that would spell words; 29 of them, a prime."""
PRIME: Final = len(ALPHABET)
LENGTH: Final = 12
RANDOM: Final = LENGTH - 1
GROUP: Final = 4
LONGEST: Final = 64

_VALUE: Final = {symbol: value for value, symbol in enumerate(ALPHABET)}
_EVEN: Final = 256 - 256 % PRIME
_SYMBOLS: Final = bytes(ord(ALPHABET[each % PRIME]) for each in range(256))
_UNEVEN: Final = bytes(range(_EVEN, 256))
# 12 has an inverse among the remainders by 29, so that one symbol makes the weighted sum 0.
_INVERSE: Final = pow(LENGTH, -1, PRIME)
_LOOK_ALIKE: Final = str.maketrans({"1": "L", "I": "L"})
_SEPARATORS: Final = str.maketrans("", "", " -\t")


def new_codes(count: int) -> list[str]:
    """So many codes, each of 11 random symbols and one that checks them."""
    symbols = _random_symbols(count * RANDOM)
    starts = range(0, count * RANDOM, RANDOM)
    return [(part := symbols[each : each + RANDOM]) + _check_symbol(part) for each in starts]


def shown(code: str) -> str:
    """In groups, as it is printed: `7KXP-M2TD-9WHC`; a public code as it is."""
    if not is_unique(code):
        return code
    return "-".join(code[each : each + GROUP] for each in range(0, LENGTH, GROUP))


def plain(typed: str) -> str:
    """What somebody typed, without what does not count: case, spaces and dashes."""
    return typed[:LONGEST].upper().translate(_SEPARATORS)


def as_unique(typed: str) -> str | None:
    """The code of one voucher that `plain` text can only mean; None for anything else."""
    meant = typed.translate(_LOOK_ALIKE)
    return meant if is_unique(meant) else None


def is_unique(code: str) -> bool:
    """Any one wrong symbol is found, and any two that changed places."""
    if len(code) != LENGTH or not _VALUE.keys() >= set(code):
        return False
    return _weighed(code) == 0


def _random_symbols(count: int) -> str:
    """Each as likely as any other: bytes that would favour some are left out."""
    found = b""
    while len(found) < count:
        found += os.urandom(count + count // 8 + 16).translate(_SYMBOLS, _UNEVEN)
    return found[:count].decode()


def _check_symbol(part: str) -> str:
    return ALPHABET[-_weighed(part) * _INVERSE % PRIME]


def _weighed(symbols: str) -> int:
    return sum(place * _VALUE[each] for place, each in enumerate(symbols, 1)) % PRIME
