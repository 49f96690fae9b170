"""Merging: everything of both stays, and what is taken back is as it was."""

import random
from collections import defaultdict
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, Text, UniqueConstraint, Uuid, insert, select, text

from kit.merging.mergers import Merger, OutOfTurn, current_ids, gather_strays, merge, unmerge
from kit.merging.rows import Moves
from kit.models import utcnow, uuid7
from kit.tables import metadata as kit_tables
from kit.testing.harness import Harness

OWNERS = [UUID(int=number) for number in range(1, 6)]
tables = MetaData()
thing = Table("thing", tables, Column("id", Uuid, primary_key=True), Column("owner", Uuid))
badge = Table(
    "badge",
    tables,
    Column("owner", Uuid, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("note", Text),
)
card = Table("card", tables, Column("owner", Uuid, primary_key=True), Column("note", Text))
seat = Table(
    "seat",
    tables,
    Column("id", Uuid, primary_key=True),
    Column("owner", Uuid),
    Column("row", Text),
    UniqueConstraint("owner", "row"),
)
MOVES = [Moves(each, "owner") for each in (thing, badge, card, seat)]


@pytest.fixture
async def drawer(harness: Harness) -> Harness:
    """A database with things, badges, cards and seats."""
    async with harness.db.engine.begin() as connection:
        await connection.run_sync(tables.create_all)
    return harness


async def put(drawer: Harness, table: Table, **row: object) -> None:
    async with drawer.db.transaction() as session:
        await session.execute(insert(table).values(**row))


async def content(drawer: Harness) -> dict[str, set[tuple[object, ...]]]:
    async with drawer.db.reading() as session:
        return {
            name: {tuple(row) for row in await session.execute(select(table))}
            for name, table in tables.tables.items()
        }


async def do(drawer: Harness, act, merger: Merger):
    async with drawer.db.transaction() as session:
        return await act(session, MOVES, merger)


async def test_everything_of_the_absorbed_lies_with_the_survivor_until_it_is_taken_back(
    drawer: Harness,
) -> None:
    ada, bob = OWNERS[:2]
    await put(drawer, thing, id=uuid7(), owner=bob)
    await put(drawer, badge, owner=bob, code="gold", note="b")
    before = await content(drawer)
    merger = Merger(uuid7(), ada, bob)

    moved = await do(drawer, merge, merger)
    assert moved.rows == {"thing.owner": 1, "badge.owner": 1, "card.owner": 0, "seat.owner": 0}
    assert {row[0] for row in (await content(drawer))["badge"]} == {ada}

    await do(drawer, unmerge, merger)
    assert await content(drawer) == before


async def test_of_two_rows_that_cannot_both_stay_the_survivors_does_and_the_other_comes_back(
    drawer: Harness,
) -> None:
    ada, bob = OWNERS[:2]
    await put(drawer, card, owner=ada, note="a")
    await put(drawer, card, owner=bob, note="b")
    await put(drawer, seat, id=uuid7(), owner=ada, row="12")
    await put(drawer, seat, id=uuid7(), owner=bob, row="12")
    before = await content(drawer)
    merger = Merger(uuid7(), ada, bob)

    await do(drawer, merge, merger)
    merged = await content(drawer)
    assert merged["card"] == {(ada, "a")}
    assert len(merged["seat"]) == 1

    await do(drawer, unmerge, merger)
    assert await content(drawer) == before


async def test_the_same_merger_again_or_taken_back_before_it_came_changes_nothing(
    drawer: Harness,
) -> None:
    ada, bob = OWNERS[:2]
    await put(drawer, thing, id=uuid7(), owner=bob)
    before = await content(drawer)
    merger = Merger(uuid7(), ada, bob)

    assert await do(drawer, unmerge, merger) is None
    assert await do(drawer, merge, merger) is None
    assert await do(drawer, unmerge, merger) is None

    assert await content(drawer) == before
    async with drawer.db.reading() as session:
        assert await current_ids(session, OWNERS) == {}


async def test_what_follows_from_a_merger_that_is_not_known_yet_has_to_come_again(
    drawer: Harness,
) -> None:
    ada, bob, cid = OWNERS[:3]
    await do(drawer, merge, Merger(uuid7(), ada, bob))
    await put(drawer, thing, id=uuid7(), owner=bob)
    before = await content(drawer)

    for early in (Merger(uuid7(), cid, bob), Merger(uuid7(), bob, ada)):
        with pytest.raises(OutOfTurn):
            await do(drawer, merge, early)

    assert await content(drawer) == before


async def test_what_was_written_under_the_old_id_meanwhile_is_gathered(drawer: Harness) -> None:
    ada, bob = OWNERS[:2]
    merger = Merger(uuid7(), ada, bob)
    began = utcnow()
    await do(drawer, merge, merger)
    await put(drawer, badge, owner=bob, code="late", note="")

    async with drawer.db.transaction() as session:
        [moved] = await gather_strays(session, MOVES, began)
        assert await gather_strays(session, MOVES, began) == []

    assert (moved.old, moved.new, moved.rows["badge.owner"]) == (bob, ada, 1)
    assert (await content(drawer))["badge"] == {(ada, "late", "")}
    await do(drawer, unmerge, merger)
    assert (await content(drawer))["badge"] == {(bob, "late", "")}


steps = st.lists(
    st.tuples(st.sampled_from(["merge", "merge", "undo", "write"]), st.integers(0, 999)),
    max_size=14,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps, seed=st.integers(0, 2**32))
async def test_whatever_was_merged_and_written_in_between_all_goes_back_to_where_it_came_from(
    drawer: Harness, steps: list[tuple[str, int]], seed: int
) -> None:
    await empty(drawer)
    story = Story(drawer)
    for number in range(12):
        await story.write(number * 7)

    for what, number in steps:
        await getattr(story, what)(number)
        await story.check()

    random.Random(seed).shuffle(story.standing)
    while story.standing:
        await story.undo(0)
    assert await content(drawer) == story.written
    async with drawer.db.reading() as session:
        assert (await session.execute(text("SELECT count(*) FROM moved_row"))).scalar_one() == 0


async def empty(drawer: Harness) -> None:
    async with drawer.db.transaction() as session:
        for table in [*tables.tables.values(), *map(kit_tables.tables.get, KEPT)]:
            await session.execute(table.delete())


KEPT = ("merger", "alias", "moved_row")


class Story:
    """What was done, and where everything has to be because of it."""

    def __init__(self, drawer: Harness) -> None:
        self.drawer = drawer
        self.standing: list[Merger] = []
        self.written: dict[str, set[tuple[object, ...]]] = {name: set() for name in tables.tables}

    def whole(self, owner: UUID) -> UUID:
        above = {each.absorbed_id: each.survivor_id for each in self.standing}
        while owner in above:
            owner = above[owner]
        return owner

    async def merge(self, number: int) -> None:
        one, other = random.Random(number).sample(OWNERS, 2)
        survivor, absorbed = self.whole(one), self.whole(other)
        if survivor != absorbed:
            merger = Merger(uuid7(), survivor, absorbed)
            await do(self.drawer, merge, merger)
            self.standing.append(merger)

    async def undo(self, number: int) -> None:
        if self.standing:
            await do(self.drawer, unmerge, self.standing.pop(number % len(self.standing)))

    async def write(self, number: int) -> None:
        """A row for somebody who is nobody's part now, unless they have one like it."""
        owner = self.whole(OWNERS[number % 5])
        row = {
            "thing": (uuid7(), owner),
            "badge": (owner, f"code {number % 3}", str(number)),
            "card": (owner, str(number)),
            "seat": (uuid7(), owner, str(number % 3)),
        }
        name = list(row)[number % 4]
        table = tables.tables[name]
        shared = {(name, self.whole(r[0]), *r[1:-1]) for r in self.written[name]}
        taken = (name, owner, *row[name][1:-1]) in shared and name in ("badge", "card")
        seats = {(self.whole(r[1]), r[2]) for r in self.written["seat"]}
        if taken or (name == "seat" and (owner, str(number % 3)) in seats):
            return
        values = dict(zip(table.columns.keys(), row[name], strict=True))
        await put(self.drawer, table, **values)
        self.written[name].add(row[name])

    async def check(self) -> None:
        """All things lie with the whole they are part of; of badges it has each kind once."""
        found = await content(self.drawer)
        assert found["thing"] == {(row[0], self.whole(row[1])) for row in self.written["thing"]}
        kinds = defaultdict(set)
        for owner, code, _ in self.written["badge"]:
            kinds[self.whole(owner)].add(code)
        assert {(owner, code) for owner, code, _ in found["badge"]} == {
            (owner, code) for owner, codes in kinds.items() for code in codes
        }
        assert {row[0] for row in found["card"]} == {
            self.whole(row[0]) for row in self.written["card"]
        }
