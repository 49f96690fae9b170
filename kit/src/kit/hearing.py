"""Hearing: batches of events become effects, each exactly once, and nothing is lost."""

import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from opentelemetry.trace import SpanKind
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from structlog import get_logger

from kit import inbox, metrics
from kit.database import Database, is_away, is_passing
from kit.errors import NotFound
from kit.events import Heard
from kit.merging.following import be_alone, follow, followed_fields, stay
from kit.models import utcnow
from kit.personal.erasing import erased_among
from kit.reactions import Message, Reaction, Unreadable
from kit.tables import parked_event
from kit.telemetry import parent_of, span

Hold: TypeAlias = Callable[[Any, Collection[UUID]], Awaitable[None]]
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: done, to be tried again, or parked."""

    message: Message
    failure: BaseException | None = None

    @property
    def hopeless(self) -> bool:
        """Trying again won't help."""
        return isinstance(self.failure, Unreadable)

    @property
    def premature(self) -> bool:
        """The database is away or other work came first: the message itself has not been tried."""
        return self.failure is not None and is_passing(self.failure)


@dataclass(frozen=True, slots=True)
class Due:
    """A message, and one thing to do about it."""

    reaction: Reaction
    message: Message
    event: Heard

    @property
    def person(self) -> UUID | None:
        """Whom it tells of, if the reaction keeps something about them."""
        return self._named(self.reaction.person)

    @property
    def held(self) -> UUID | None:
        """What the reaction will hold, if anything."""
        return self._named(self.reaction.holds)

    def _named(self, field: str | None) -> UUID | None:
        found: UUID | None = getattr(self.event, field) if field else None
        return found


class Hearing:
    """One service's reactions over its database.

    `hold` keeps others from what it is given until the transaction ends, always in the same order.
    """

    def __init__(
        self, db: Database, reactions: Iterable[Reaction], hold: Hold | None = None
    ) -> None:
        self.db = db
        self.hold = hold
        self.by_subject: dict[str, list[Reaction]] = {}
        self.order: dict[Reaction, int] = {}
        for reaction in reactions:
            self.by_subject.setdefault(reaction.subject, []).append(reaction)
            self.order[reaction] = len(self.order)
        self.any_alone = any(each.alone for each in self.order)
        self.any_followed = any(followed_fields(each.heard) for each in self.order)

    async def hear(self, messages: Sequence[Message]) -> list[Outcome]:
        """React to a batch in one transaction; if any fails, to each in its own."""
        try:
            await self._react(messages)
        except Exception as failure:  # noqa: BLE001  # whatever it is: it is told, and tried again
            if is_away(failure):
                return [self._failed(message, failure) for message in messages]
            if len(messages) == 1:
                return [self._failed(messages[0], failure)]
            return [outcome for each in messages for outcome in await self.hear([each])]
        return [Outcome(message) for message in messages]

    async def park(self, message: Message, failure: BaseException, attempts: int) -> None:
        """Put a message aside, with the reason."""
        async with self.db.transaction() as session:
            await inbox.park(
                session,
                message.id,
                message.subject,
                {"ce-time": message.time, "ce-traceparent": message.trace},
                message.content.decode(errors="replace"),
                reason=f"{type(failure).__name__}: {failure}",
                attempts=attempts,
            )
        log.error("event_parked", event_id=str(message.id), subject=message.subject)

    async def replay(self, event_id: UUID) -> None:
        """React to a parked event once more; it leaves the park if that works, or NotFound."""
        async with self.db.transaction() as session:
            parked = (
                await session.execute(
                    select(parked_event).where(parked_event.c.id == event_id).with_for_update()
                )
            ).first()
            if parked is None:
                raise NotFound("parked event", event_id)
            message = Message(
                id=event_id,
                subject=parked.subject,
                time=parked.headers["ce-time"],
                trace=parked.headers["ce-traceparent"],
                content=parked.content.encode(),
            )
            await self._within(session, [message])
            await session.execute(delete(parked_event).where(parked_event.c.id == event_id))

    async def _react(self, messages: Sequence[Message]) -> None:
        async with self.db.transaction() as session:
            await self._within(session, messages)
        now = utcnow()
        for message in messages:
            metrics.events_heard.labels(message.subject).inc()
            age = (now - datetime.fromisoformat(message.time)).total_seconds()
            metrics.event_age.labels(message.subject.split(".")[1]).observe(age)

    async def _within(self, session: AsyncSession, messages: Sequence[Message]) -> None:
        todo = [
            Due(reaction, message, event)
            for message in messages
            for reaction, event in message.read_for(self.by_subject.get(message.subject, ()))
        ]
        await self._take_place(session, todo)
        fresh = await inbox.claim(session, ((each.reaction.name, each.message.id) for each in todo))
        due = list(_not_done_yet(todo, fresh))
        await self._act_on(session, [each for each in due if each.reaction.alone])
        others = [each for each in due if not each.reaction.alone]
        if self.any_followed:
            events = await follow(session, [each.event for each in others])
            others = [
                replace(each, event=event) for each, event in zip(others, events, strict=True)
            ]
        others = await _without_the_erased(session, others)
        await self._hold(session, others)
        await self._act_on(session, others)

    async def _hold(self, session: AsyncSession, due: Sequence[Due]) -> None:
        """Each reaction holds what it needs; two batches would wait for each other's."""
        held = {each.held for each in due if each.held}
        if self.hold is not None and held:
            await self.hold(session, held)

    async def _take_place(self, session: AsyncSession, todo: Sequence[Due]) -> None:
        if any(each.reaction.alone for each in todo):
            await be_alone(session)
        elif self.any_alone or self.any_followed:
            await stay(session)

    async def _act_on(self, session: AsyncSession, due: Sequence[Due]) -> None:
        together: dict[Reaction, list[Due]] = {}
        for each in due:
            if each.reaction.together:
                together.setdefault(each.reaction, []).append(each)
            else:
                await self._act(session, each.reaction, [each.message], each.event)
        # In the order of the service's table, so that two workers take locks in the same order.
        for reaction, batch in sorted(together.items(), key=lambda item: self.order[item[0]]):
            sources = [each.message for each in batch]
            await self._act(session, reaction, sources, [each.event for each in batch])

    async def _act(
        self, session: AsyncSession, reaction: Reaction, sources: Sequence[Message], event: Any
    ) -> None:
        started = time.perf_counter()
        try:
            with ExitStack() as spans:
                for source in {each.trace: each for each in sources}.values():
                    spans.enter_context(_span_for(reaction, source))
                await reaction.act(session, event)
        except BaseException:
            metrics.reaction_failures.labels(reaction.name).inc()
            raise
        metrics.reactions.labels(reaction.name).observe(time.perf_counter() - started)

    def _failed(self, message: Message, failure: BaseException) -> Outcome:
        log.warning(
            "reaction_failed",
            subject=message.subject,
            event_id=str(message.id),
            error=repr(failure),
            exc_info=failure,
        )
        return Outcome(message, failure)


def _not_done_yet(todo: Iterable[Due], fresh: set[tuple[str, UUID]]) -> Iterator[Due]:
    for each in todo:
        claimed = (each.reaction.name, each.message.id)
        if claimed in fresh:
            fresh.discard(claimed)
            yield each
        else:
            metrics.events_repeated.labels(each.message.subject).inc()


async def _without_the_erased(session: AsyncSession, due: Sequence[Due]) -> list[Due]:
    erased = await erased_among(session, {person for each in due if (person := each.person)})
    if not erased:
        return list(due)
    for each in due:
        if each.person in erased:
            metrics.events_spared.labels(each.reaction.name).inc()
    return [each for each in due if each.person not in erased]


def _span_for(reaction: Reaction, source: Message) -> Any:
    carrier = {"traceparent": source.trace} if source.trace else {}
    return span(
        f"react {reaction.name}",
        parent=parent_of(carrier),
        kind=SpanKind.CONSUMER,
        attributes={"messaging.message.id": str(source.id), "messaging.subject": source.subject},
    )
