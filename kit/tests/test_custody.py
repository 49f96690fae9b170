from sqlalchemy import ARRAY, Column, MetaData, Table, Text, Uuid

from kit.merging.rows import Moves, Stays
from kit.personal.held import Deleted, Held, Impersonal, Through
from kit.testing.custody import unsaid_of_erasure, unsaid_of_merging

metadata = MetaData()
reader = Table("reader", metadata, Column("id", Uuid, primary_key=True))
note = Table(
    "note",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("reader_id", Uuid),
    Column("seen_by", ARRAY(Uuid)),
    Column("page_id", Uuid),
    Column("words", Text),
)
page = Table("page", metadata, Column("id", Uuid, primary_key=True))
WHO = Held(reader, "Who you are", Deleted(), person="id")
NOTES = Held(note, "Your notes", Deleted(), person="reader_id")
SAID = (
    Stays(reader, "id", "a reader is who they are"),
    Moves(note, "reader_id"),
    Stays(note, "seen_by", "it was seen by the one of then"),
)


def test_a_column_of_ids_that_nobody_mentions_is_found_whatever_it_is_called() -> None:
    assert unsaid_of_merging(metadata, SAID, [WHO, NOTES], {"page_id"}) == []
    assert unsaid_of_merging(metadata, SAID[1:2], [WHO, NOTES], ()) == [
        "note.page_id neither moves nor stays",
        "note.seen_by neither moves nor stays",
        "reader.id neither moves nor stays",
    ]


def test_what_is_said_of_nothing_or_twice_is_found() -> None:
    said = (*SAID, SAID[0], Stays(note, "words", "words are no id"))

    assert unsaid_of_merging(metadata, said, [WHO, NOTES], {"page_id", "shelf_id"}) == [
        "reader.id is said twice",
        "note.words is no column of ids",
        "nothing is called shelf_id",
    ]


def test_a_table_that_no_erasure_knows_is_found() -> None:
    pages = Impersonal("pages are for everybody", [page])
    moves = [Moves(note, "reader_id")]

    assert unsaid_of_erasure(metadata, [WHO, NOTES], [pages], moves) == []
    assert unsaid_of_erasure(metadata, [WHO], [pages, Impersonal("by mistake", [note])], moves) == [
        "note is about somebody"
    ]
    assert unsaid_of_erasure(metadata, [WHO], [pages, pages], moves) == [
        "note is forgotten",
        "page is said twice",
    ]


def test_rows_that_are_said_to_lead_to_somebody_do() -> None:
    on_a_page = Through("page_id", page)
    lost = Held(note, "Your notes", Deleted(), person="reader_id", through=on_a_page)

    assert unsaid_of_erasure(metadata, [WHO, NOTES, lost], [Impersonal("all", [page])], []) == [
        "note leads to nobody"
    ]
