"""The notebook put together."""

from pathlib import Path

from kit.app import Service
from kit.graph.schema import make_schema
from kit.reactions import on
from notebook import notes

notebook = Service(
    name="notebook",
    summary="Notes.",
    schema=make_schema(query=notes.Query, mutation=notes.Mutation, answered=notes.answered),
    metadata=notes.NotebookEntity.metadata,
    migrations=Path(__file__).parent / "migrations",
    events=[notes.NoteWritten],
    reactions=[on("octoreach.notebook.note.written.v1", notes.count_note)],
    routers=[notes.router],
)
