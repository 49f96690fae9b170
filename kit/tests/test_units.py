import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, Text, insert, select

from kit.errors import InvalidInput
from kit.units import above, below, checked_unit, lies_below, reaches

codes = st.text(alphabet="ab_-1", min_size=1, max_size=3)
paths = st.lists(codes, min_size=1, max_size=4).map(".".join)


@given(paths, paths)
def test_a_path_lies_below_another_if_it_starts_with_all_its_codes(path: str, root: str) -> None:
    expected = path.split(".")[: len(root.split("."))] == root.split(".")

    assert lies_below(path, root) is expected


async def test_the_database_agrees(postgres_server, databases) -> None:
    units = ["hq", "hq.zj", "hq.zj_", "hq.zjx", "hq.zj.hz", "hq.zj_.hz", "hqx", "h"]
    table = Table("units", MetaData(), Column("path", Text))
    postgres_server.create_database("units")
    db = databases.connect("units")
    async with db.engine.begin() as connection:
        await connection.run_sync(table.metadata.create_all)
        await connection.execute(insert(table), [{"path": each} for each in units])

    found, reached = {}, {}
    async with db.reading() as session:
        for root in units:
            rows = await session.scalars(select(table.c.path).where(below(table.c.path, root)))
            found[root] = set(rows)
            rows = await session.scalars(select(table.c.path).where(reaches(table.c.path, root)))
            reached[root] = set(rows)
    await db.close()

    assert found == {root: {each for each in units if lies_below(each, root)} for root in units}
    assert reached == {
        unit: {each for each in units if lies_below(each, unit) or lies_below(unit, each)}
        for unit in units
    }


@given(paths)
def test_what_lies_above_a_unit_is_what_it_lies_below_except_itself(path: str) -> None:
    assert all(lies_below(path, each) and each != path for each in above(path))
    assert len(above(path)) == path.count(".")


@pytest.mark.parametrize("path", ["", "HQ", "hq.", ".hq", "hq..zj", "a" * 33, "a.b.c.d.e.f.g.h.i"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_unit(path)

    assert refused.value.field == "unit"
