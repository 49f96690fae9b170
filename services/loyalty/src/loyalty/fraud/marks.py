"""Marks: by a secret key, what devices, payment accounts and addresses are known by here."""

import hashlib
from uuid import UUID

from loyalty.settings import settings

BYTES = 16


def mark_of(kind: str, told: str | None) -> UUID | None:
    """The same for the same device, as people write it; nobody gets back from it what was told."""
    name = "" if told is None else told.strip().casefold()
    if not name:
        return None
    digest = hashlib.blake2b(
        f"{kind}:{name}".encode(), digest_size=BYTES, key=settings().mark_key()[:64]
    ).digest()
    return UUID(bytes=digest)
