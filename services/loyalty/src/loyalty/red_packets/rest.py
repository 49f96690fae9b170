"""How a red packet fell into parts, as a file that anybody can check."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from kit.errors import Conflict
from kit.rest import DatabaseOf
from loyalty.drafted import by_code
from loyalty.red_packets.models import RedPacket
from loyalty.red_packets.queries import parts_of
from loyalty.red_packets.splitting import FORMAT

router = APIRouter(prefix="/v1/red-packets", tags=["red packets"])


class RedPacketCut(BaseModel):
    """How a sum fell into parts; nobody is named."""

    format: str = Field(description="Which rules it was cut by.")
    code: str = Field(description="The packet's name.")
    packet_id: str = Field(description="The packet.")
    amount: int = Field(description="All parts together.")
    parts: int = Field(description="How many.")
    smallest: int = Field(description="No part is smaller.")
    split: str = Field(description="random or even.")
    seed_hash: str = Field(description="What was told when it opened.")
    seed: str = Field(description="What decided on the parts.")
    taken: int = Field(description="How many were taken.")
    returned: int = Field(description="What was left, and went back to its funder.")
    cut: list[int] = Field(description="The parts, in the order in which they were given away.")


@router.get("/{code}/split")
async def read_split(
    database: DatabaseOf, code: Annotated[str, Path(max_length=64, description="Of the packet.")]
) -> RedPacketCut:
    """How the sum fell into parts, for `./just verify-draws`. For everybody, without a token.

    404 for an unknown packet, 409 while parts can be grabbed.
    """
    async with database.reading() as session:
        packet = await by_code(session, RedPacket, code)
        if not packet.is_over:
            raise Conflict("It is told once every part is taken, or the time is over.")
        parts = await parts_of(session, packet.id)
    return RedPacketCut(
        format=FORMAT,
        code=packet.code,
        packet_id=str(packet.id),
        amount=packet.amount,
        parts=packet.parts,
        smallest=packet.smallest,
        split=packet.split,
        seed_hash=packet.seed_hash or "",
        seed=packet.seed or "",
        taken=packet.taken,
        returned=packet.returned,
        cut=[each.amount for each in parts],
    )
