"""Shredding: what was published about somebody who is erased now is deleted from the stream."""

import asyncio
from collections.abc import Sequence
from typing import Any

from nats.errors import Error as BusError
from nats.js import JetStreamContext
from nats.js.errors import Error as StreamError
from nats.js.errors import NotFoundError
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from structlog import get_logger

from kit import metrics
from kit.bus import header
from kit.database import Database
from kit.tables import erased_person, personal_message

LOOK_AGAIN_SECONDS = 5
AT_ONCE = 500
log = get_logger(__name__)


class Shredder:
    """Deletes messages of one stream by the places the relay has noted."""

    def __init__(
        self, db: Database, js: JetStreamContext, stream: str, *, retention_days: int
    ) -> None:
        self.db = db
        self.js = js
        self.stream = stream
        self.retention_days = retention_days

    async def run(self) -> None:
        """For ever; what fails is tried again."""
        while True:
            try:
                while await self.shred():
                    pass
                await self._forget_old_places()
            except (BusError, StreamError, SQLAlchemyError, OSError, TimeoutError) as failure:
                log.warning("not_shredded", error=repr(failure))
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def shred(self) -> int:
        """Delete what is there of erased people, a few hundred at a time; how many they were."""
        statement = (
            select(personal_message.c.sequence, personal_message.c.about)
            .join(erased_person, erased_person.c.id == personal_message.c.about)
            .limit(AT_ONCE)
        )
        async with self.db.reading() as session:
            found = (await session.execute(statement)).all()
        for place in found:
            await self._delete(place.sequence, str(place.about))
        await self._forget([place.sequence for place in found])
        return len(found)

    async def _delete(self, sequence: int, about: str) -> None:
        """Overwritten, not only unlinked; in a stream made anew the place is somebody else's."""
        try:
            message = await self.js.get_msg(self.stream, sequence)
            if header(message.headers or {}, "ce-subject") == about:
                await self.js.delete_msg(self.stream, sequence)
                metrics.messages_shredded.inc()
        except NotFoundError:
            log.info("already_gone", sequence=sequence)

    async def _forget(self, sequences: Sequence[int]) -> None:
        if sequences:
            await self._write(
                delete(personal_message).where(personal_message.c.sequence.in_(sequences))
            )

    async def _forget_old_places(self) -> None:
        """The stream has dropped what is older than it keeps."""
        days = text(f"interval '{int(self.retention_days) + 1} days'")
        await self._write(
            delete(personal_message).where(personal_message.c.published_at < func.now() - days)
        )

    async def _write(self, statement: Any) -> None:
        async with self.db.transaction() as session:
            await session.execute(statement)
