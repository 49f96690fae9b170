"""Reactions: what a service does when others report something, each effect exactly once."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson
from pydantic import ValidationError

from kit.events import Heard

Act = Callable[[Any, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reaction:
    """One subject, one thing to do about it.

    `together` reactions take all events of a batch at once: for projections that fill tables.
    `alone` ones act before the others of their batch, and while no other batch is under way.
    `person` is the field with the id of whom the event tells: about somebody who was erased the
    reaction hears nothing. `holds` is the field with the id of what it will hold: of all events of a
    batch that is held first, in one order.
    """

    subject: str
    heard: type[Heard]
    act: Act
    together: bool
    alone: bool = False
    person: str | None = None
    holds: str | None = None

    @property
    def name(self) -> str:
        return self.act.__name__

    @property
    def stream(self) -> str:
        return stream_of(self.subject)


def on(
    subject: str,
    act: Act,
    *,
    alone: bool = False,
    person: str | None = None,
    holds: str | None = None,
) -> Reaction:
    """React to `subject` with `act(session, event)` or `act(session, events)`.

    The model of the event is read from the annotation: a Heard, or a list of them.
    """
    parameter = list(inspect.signature(act).parameters)[1]
    heard = get_type_hints(act)[parameter]
    together = get_origin(heard) in (list, Sequence)
    told = get_args(heard)[0] if together else heard
    return Reaction(subject, told, act, together, alone, person, holds)


def stream_of(subject: str) -> str:
    """`octoreach.customer.customer.registered.v1` lies in the stream CUSTOMER."""
    return subject.split(".")[1].upper()


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it came in."""

    id: UUID
    subject: str
    time: str
    trace: str
    content: bytes

    def read_for(self, reactions: Iterable[Reaction]) -> Iterator[tuple[Reaction, Heard]]:
        """The part of it that each reaction hears, read once for all that hear the same."""
        read: dict[type[Heard], Heard] = {}
        for each in reactions:
            if each.heard not in read:
                read[each.heard] = self.read_as(each.heard)
            yield each, read[each.heard]

    def read_as(self, heard: type[Heard]) -> Heard:
        """The part of it that `heard` names; Unreadable if it isn't there."""
        try:
            content = orjson.loads(self.content)
            return heard.model_validate(
                {**content, "event_id": self.id, "event_time": self.time}, strict=False
            )
        except (ValidationError, orjson.JSONDecodeError, TypeError) as wrong:
            raise Unreadable(str(wrong)) from wrong


class Unreadable(Exception):
    """The event is not what its contract says; trying again won't help."""
