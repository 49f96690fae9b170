"""Gathering: what many ask for at once is done in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from kit.database import AsyncSession, Database, gave_way, is_away

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")
Act: TypeAlias = Callable[[AsyncSession, Sequence[Ask]], Awaitable[Sequence[Answer]]]
Waiting: TypeAlias = list[tuple[Ask, asyncio.Future[Answer]]]
TRIES = 3


class Gathering(Generic[Ask, Answer]):
    """Does together what is asked for about one thing while the transaction before is under way.

    What everybody wants to change then takes a lock and a commit for each batch instead of each
    caller. `act` gets what was asked in the order it came and answers each: its refusals are
    answers. Should it fail, each is tried alone, so that nobody fails because of another.
    """

    def __init__(self, act: Act[Ask, Answer], *, most: int = 200) -> None:
        self._act = act
        self._most = most
        self._waiting: WeakKeyDictionary[Database, dict[Hashable, Waiting[Ask, Answer]]]
        self._waiting = WeakKeyDictionary()
        self._working: set[asyncio.Task[None]] = set()

    async def ask(self, db: Database, about: Hashable, wanted: Ask) -> Answer:
        """The answer, once it is committed."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(db, {})
        if about in waiting:
            waiting[about].append((wanted, answer))
        else:
            waiting[about] = [(wanted, answer)]
            task = asyncio.create_task(self._work(db, waiting, about))
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        return await answer

    async def _work(
        self, db: Database, waiting: dict[Hashable, Waiting[Ask, Answer]], about: Hashable
    ) -> None:
        queue = waiting[about]
        while queue:
            batch, queue[:] = queue[: self._most], queue[self._most :]
            await self._answer(db, batch)
        del waiting[about]

    async def _answer(self, db: Database, batch: Waiting[Ask, Answer]) -> None:
        try:
            answers = await self._committed(db, [wanted for wanted, _ in batch])
        except Exception as failure:  # noqa: BLE001  # whoever asked is told
            if len(batch) == 1 or is_away(failure):
                for _, answer in batch:
                    if not answer.done():
                        answer.set_exception(failure)
            else:
                for each in batch:
                    await self._answer(db, [each])
            return
        for (_, answer), found in zip(batch, answers, strict=True):
            if not answer.done():
                answer.set_result(found)

    async def _committed(self, db: Database, wanted: Sequence[Ask]) -> Sequence[Answer]:
        for _ in range(TRIES - 1):
            try:
                return await self._once(db, wanted)
            except Exception as failure:
                if not gave_way(failure):
                    raise
        return await self._once(db, wanted)

    async def _once(self, db: Database, wanted: Sequence[Ask]) -> Sequence[Answer]:
        async with db.transaction() as session:
            return await self._act(session, wanted)
