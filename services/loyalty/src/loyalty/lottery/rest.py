"""An epoch as a file that anybody can check: what was committed to, and every draw."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Response
from fastapi.responses import StreamingResponse

from kit.database import Database
from kit.errors import Conflict
from kit.rest import DatabaseOf
from loyalty.drafted import by_code
from loyalty.lottery.models import Lottery, LotteryEpoch
from loyalty.lottery.queries import draws_after, epoch_numbered

AT_ONCE = 1_000
router = APIRouter(prefix="/v1/lotteries", tags=["lotteries"])
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.get("/{code}/epochs/{number}", responses=FILE, response_class=Response)
async def read_epoch(
    database: DatabaseOf,
    code: Annotated[str, Path(max_length=64, description="Of the lottery.")],
    number: Annotated[int, Path(ge=1, le=2**31 - 1, description="Of the epoch, from 1.")],
) -> StreamingResponse:
    """All draws of an epoch and its seed, for `./just verify-draws`. For everybody, without a token.

    Customers are named by pseudonyms which only they can recognise. 404 for an unknown lottery or
    epoch, 409 while it can be drawn from.
    """
    async with database.reading() as session:
        lottery = await by_code(session, Lottery, code)
        epoch = await epoch_numbered(session, lottery.id, number)
    if epoch.closed_at is None:
        raise Conflict("The seed is told when the epoch has ended.")
    name = f'attachment; filename="{epoch.id}.json"'
    return StreamingResponse(
        _file(database, epoch),
        media_type="application/json",
        headers={"content-disposition": name},
    )


async def _file(database: Database, epoch: LotteryEpoch) -> AsyncIterator[bytes]:
    told = {
        "opening": epoch.opening,
        "opening_hash": epoch.opening_hash,
        "seed": epoch.seed,
        "count": epoch.draws,
        "head": epoch.head,
    }
    yield orjson.dumps(told)[:-1] + b',"draws":['
    async for page in _pages(database, epoch.id):
        yield page
    yield b"\n]}\n"


async def _pages(database: Database, epoch_id: UUID) -> AsyncIterator[bytes]:
    number = 0
    while True:
        async with database.reading() as session:
            draws = await draws_after(session, epoch_id, number, AT_ONCE)
        if not draws:
            return
        lines = [orjson.dumps({**each.record(), "link": each.link}) for each in draws]
        yield (b",\n" if number else b"\n") + b",\n".join(lines)
        number = draws[-1].number
