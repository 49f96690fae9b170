"""Answers made smaller where it pays."""

import asyncio
import gzip
from typing import Final

WORTH_BYTES: Final = 2_048
OFF_THE_LOOP_BYTES: Final = 65_536
LEVEL: Final = 2


def wants_gzip(accept_encoding: bytes | None) -> bool:
    if accept_encoding is None or b"gzip" not in accept_encoding:
        return False
    for part in accept_encoding.split(b","):
        name, _, weight = part.strip().partition(b";")
        if name.strip() == b"gzip":
            return weight.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False


async def compressed(body: bytes) -> bytes:
    if len(body) < OFF_THE_LOOP_BYTES:
        return gzip.compress(body, LEVEL)
    return await asyncio.to_thread(gzip.compress, body, LEVEL)
