"""Idempotency keys that are each caller's own: two who choose the same get in nobody's way."""

import hashlib
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, text

from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.idempotency import KEY_LENGTH
from kit.identity import Caller

BETWEEN: Final = "\n"
"""No key that somebody sends has it: those are printable."""
KEPT_BARE = text("""
SELECT bool_or(are_of_one_member(account_id, :account)) FROM posting WHERE key = ANY (:keys)
""").bindparams(bindparam("keys", type_=ARRAY(Text)))


def own(caller: Caller, key: str) -> str:
    """The key, as this caller's own."""
    if not (key.strip() and key.isprintable() and len(key) <= KEY_LENGTH):
        raise InvalidInput("idempotencyKey", f"takes 1 to {KEY_LENGTH} printable characters")
    digest = hashlib.blake2b(caller.subject.encode(), digest_size=16).hexdigest()
    return f"{digest}{BETWEEN}{key}"


def sent(key: str) -> str:
    """What the caller sent of a key of their own."""
    return key.rpartition(BETWEEN)[2]


async def own_of_account(
    session: AsyncSession, caller: Caller, key: str, kinds: Sequence[str], account_id: UUID
) -> str:
    """The same; as it was sent where the member has a posting of one of the kinds under it.

    Keys were shared by all callers before: whoever repeats such a request gets its first answer.
    """
    mine = own(caller, key)
    asked = {"keys": [f"{kind}:{key}" for kind in kinds], "account": account_id}
    return key if (await session.execute(KEPT_BARE, asked)).scalar_one() else mine
