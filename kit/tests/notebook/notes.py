"""Notes: written once, counted by whoever hears of them."""

from typing import Annotated, Any, ClassVar, Self, TypeAlias
from uuid import UUID

import strawberry
from fastapi import APIRouter
from pydantic import BaseModel
from pydantic import Field as Described
from sqlalchemy import Uuid, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import registry
from sqlmodel import Field, col, select

from kit.database import AsyncSession
from kit.errors import DomainError, InvalidInput
from kit.events import Event, Heard, record
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.refusals import InvalidInput as InvalidInputRefusal
from kit.graph.refusals import Refusal, answers
from kit.idempotency import answered_before, remember_answer
from kit.models import Entity
from kit.paging import page
from kit.rest import CallerOf, DatabaseOf, IdempotencyKey
from kit.rows import Rows


class NotebookEntity(Entity, registry=registry()):
    pass


class NoteRow(NotebookEntity, table=True):
    __tablename__ = "note"

    author: str = Field(index=True)
    text: str


class TallyRow(NotebookEntity, table=True):
    __tablename__ = "tally"

    author: str = Field(unique=True)
    notes: int


class NoteWritten(Event):
    """Somebody wrote a note."""

    subject: ClassVar[str] = "octoreach.notebook.note.written.v1"
    about: ClassVar[str] = "author"

    note_id: UUID
    author: str


class NoteHeard(Heard):
    author: str


class NoteTooRude(DomainError):
    def __init__(self, word: str) -> None:
        super().__init__(f"The word {word} is too rude.", word=word)


async def write_note(session: AsyncSession, author: str, text: str) -> NoteRow:
    if not 0 < len(text) <= 100:
        raise InvalidInput("text", "takes 1 to 100 characters")
    if "fiddlesticks" in text:
        raise NoteTooRude("fiddlesticks")
    note = NoteRow(author=author, text=text)
    session.add(note)
    record(session, NoteWritten(note_id=note.id, author=author))
    return note


async def count_note(session: AsyncSession, event: NoteHeard) -> None:
    if event.author == "trouble":
        raise RuntimeError("trouble can't be counted")
    statement = insert(TallyRow).values(id=event.event_id, author=event.author, notes=1)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["author"], set_={"notes": TallyRow.notes + statement.excluded.notes}
        )
    )


NOTES_BY_ID = Rows(
    select(NoteRow.id, NoteRow.author, NoteRow.text).where(
        col(NoteRow.id) == any_(bindparam("ids", type_=ARRAY(Uuid)))
    )
)


async def notes_by_id(context: Context, ids: list[UUID]) -> list[Any]:
    found = {row.id: row for row in await NOTES_BY_ID.all(context.db, ids=ids)}
    return [found.get(each) for each in ids]


@strawberry.federation.type(keys=["id"], description="A note.")
class Note:
    id: UUID
    author: str
    text: str

    @classmethod
    def of(cls, row: Any) -> Self:
        return cls(id=row.id, author=row.author, text=row.text)

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> "Note | None":
        info.context.caller.require_role("reader", "writer")
        row = await info.context.loader(notes_by_id).load(id)
        return cls.of(row) if row else None


@strawberry.type(description="A note was written.")
class NoteWasWritten:
    note: Note


@strawberry.type(description="The note has a word we don't print.")
class RudeNote(Refusal):
    word: str


WriteNoteResult: TypeAlias = Annotated[
    NoteWasWritten | RudeNote | InvalidInputRefusal, strawberry.union("WriteNoteResult")
]


@strawberry.type
class Query:
    @strawberry.field(extensions=[Roles("reader", "writer")])
    async def notes(
        self, info: Info, first: First = 10, after: After = None
    ) -> Connection[Note] | None:
        async with info.context.db.reading() as session:
            found = await page(session, select(NoteRow), [NoteRow.id], first=first, after=after)
        return Connection.of(found, Note.of)

    @strawberry.field(extensions=[Roles("reader", "writer")])
    async def note(self, info: Info, id: UUID) -> Note | None:
        row = await info.context.loader(notes_by_id).load(id)
        return Note.of(row) if row else None

    @strawberry.field(extensions=[Roles("reader")])
    async def bug(self) -> int | None:
        raise RuntimeError("a secret")


@strawberry.type
class Mutation:
    @strawberry.mutation(extensions=[Roles("writer")])
    async def write_note(self, info: Info, text: str) -> WriteNoteResult:
        async with info.context.db.transaction() as session:
            row = await write_note(session, info.context.caller.subject, text)
        return NoteWasWritten(note=Note.of(row))


class NewNote(BaseModel):
    text: str = Described(min_length=1, max_length=100)


router = APIRouter()


@router.post("/notes", status_code=201)
async def post_note(
    caller: CallerOf, database: DatabaseOf, key: IdempotencyKey, note: NewNote
) -> dict[str, str]:
    caller.require_role("writer")
    async with database.transaction() as session:
        if known := await answered_before(session, "write_note", key, note.model_dump()):
            return known
        row = await write_note(session, caller.subject, note.text)
        answer = {"id": str(row.id), "text": row.text}
        await remember_answer(session, "write_note", key, answer)
    return answer


answered = [answers(NoteTooRude, RudeNote)]
