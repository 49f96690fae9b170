"""Both backends give the same answer, for every subject and every predicate."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncEngine

from kit.predicates import (
    Accessors,
    Checked,
    Columns,
    FactType,
    Members,
    Predicate,
    Vocabulary,
    check,
    compile_predicate,
    compile_predicates,
    describe,
    explain,
    json_value,
    parse,
    to_sql,
)
from kit.predicates.tree import dump
from kit.predicates.values import OPERATORS

NUMBERS = [-1, 0, 1, 2, 3, 12, 12.5, 0.1, -0.5, 1e-7, 999_999_999_999_999, 99_999_999.25]
TEXTS = ["a", "ab", "abc", "A", "Ä", "A\u0308", "%", "_", "a%", "\\", "'", "12", "true", "{}", "😀"]
DATES = ["1900-01-01", "2000-02-29", "2026-01-31", "2026-02-01", "2999-12-31"]
MOMENTS = [
    "1900-01-01T00:00:00Z",
    "2026-01-31T09:30:00Z",
    "2026-01-31T10:30:00+01:00",
    "2026-01-31T09:30:00.5Z",
    "2026-01-31T09:30:00.000001-14:59",
    "2999-12-31T23:59:59+00:00",
]
UNREADABLE = [
    "",
    "1899-12-31",
    "2026-02-30",
    "2026-1-31",
    "2026-01-31\n",
    "٢026-01-31",
    "2026-01-31T09:30:00",
    "2026-01-31T24:00:00Z",
    "2026-01-31T09:30:60Z",
    "2026-01-31T09:30:00.1234567Z",
    "2026-02-30T09:30:00Z",
    "2026-01-31T09:30:00+15:00",
    "2026-01-31 09:30:00Z",
]
SETS = [[], ["a"], ["a", "ab"], ["A", 1, None], [["a"]], [True, "%"]]
EVENTS = ["arrived", "called"]
MEMBERS = ["a", "b", "missing"]
ANYTHING = [None, True, False, {"a": 1}, *NUMBERS, *TEXTS, *DATES, *MOMENTS, *UNREADABLE, *SETS]

TYPES = {
    "age": FactType.NUMBER,
    "price": FactType.NUMBER,
    "weight": FactType.NUMBER,
    "name": FactType.TEXT,
    "adult": FactType.BOOLEAN,
    "born": FactType.DATE,
    "seen": FactType.MOMENT,
    "colours": FactType.SET_OF_TEXT,
    "marks": FactType.SET_OF_TEXT,
}
FAMILIES = {f"{fact_type}.*": fact_type for fact_type in FactType}
VOCABULARY = Vocabulary(TYPES | FAMILIES, frozenset(EVENTS), frozenset({"days"}))
FACTS = TYPES | {f"{kind}.{member}": kind for kind in FactType for member in MEMBERS}

tables = sa.MetaData()
subject_table = sa.Table(
    "subject",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("age", sa.Integer),
    sa.Column("price", sa.Numeric),
    sa.Column("weight", sa.Double),
    sa.Column("name", sa.String),
    sa.Column("adult", sa.Boolean),
    sa.Column("born", sa.Date),
    sa.Column("seen", sa.DateTime(timezone=True)),
    sa.Column("colours", ARRAY(sa.String)),
    sa.Column("document", JSONB, nullable=False),
)
mark_table = sa.Table(
    "mark", tables, sa.Column("subject_id", sa.Integer), sa.Column("code", sa.Text)
)
happening_table = sa.Table(
    "happening",
    tables,
    sa.Column("subject_id", sa.Integer),
    sa.Column("event", sa.Text),
    sa.Column("days_ago", sa.Integer),
)


@dataclass
class Subject:
    id: int
    row: dict[str, Any]
    document: dict[str, Any]
    marks: set[str] = field(default_factory=set)
    happenings: list[tuple[str, int]] = field(default_factory=list)


def a_subject(number: int, chance: random.Random) -> Subject:
    zone = timezone(timedelta(hours=8))
    row = {
        "age": chance.choice([None, 0, 1, 2, 12, 13]),
        "price": chance.choice([None, Decimal("0.1"), Decimal("12.50"), Decimal(12), Decimal(-1)]),
        "weight": chance.choice([None, 0.1, 12.5, 1.0, 1e-7]),
        "name": chance.choice([None, "", *TEXTS]),
        "adult": chance.choice([None, True, False]),
        "born": chance.choice([None, date(1900, 1, 1), date(2000, 2, 29), date(2026, 1, 31)]),
        "seen": chance.choice(
            [None, datetime(2026, 1, 31, 9, 30, tzinfo=UTC), datetime(2000, 2, 29, tzinfo=zone)]
        ),
        "colours": chance.choice([None, [], ["a"], ["a", "ab", "%"]]),
    }
    return Subject(
        id=number,
        row=row,
        document={m: chance.choice(ANYTHING) for m in MEMBERS[:2] if chance.random() < 0.9},
        marks=set(chance.sample(TEXTS, chance.randint(0, 3))),
        happenings=[
            (chance.choice(EVENTS), chance.randint(0, 40)) for _ in range(chance.randint(0, 4))
        ],
    )


SUBJECTS = [a_subject(number, random.Random(number)) for number in range(300)]


def is_marked(code: str) -> sa.ColumnElement[bool]:
    of_subject = mark_table.c.subject_id == subject_table.c.id
    return sa.exists().where(of_subject, mark_table.c.code == code)


def times_happened(event: str, within_days: int) -> sa.ColumnElement[int]:
    happened = sa.and_(
        happening_table.c.subject_id == subject_table.c.id,
        happening_table.c.event == event,
        happening_table.c.days_ago <= within_days,
    )
    return sa.select(sa.func.count()).where(happened).scalar_subquery()


def days_summed(_amount: str, within_days: int) -> sa.ColumnElement[int]:
    happened = sa.and_(
        happening_table.c.subject_id == subject_table.c.id,
        happening_table.c.days_ago <= within_days,
    )
    total = sa.func.coalesce(sa.func.sum(happening_table.c.days_ago), 0)
    return sa.select(total).where(happened).scalar_subquery()


def member_column(name: str, fact_type: FactType) -> sa.ColumnElement[Any]:
    return json_value(subject_table.c.document, name.partition(".")[2], fact_type)


COLUMNS = Columns(
    facts={name: subject_table.c[name] for name in TYPES if name != "marks"}
    | {"marks": Members(is_marked)},
    families=dict.fromkeys(FAMILIES, member_column),
    count=times_happened,
    total=days_summed,
)
ACCESSORS = Accessors[Subject](
    facts={name: lambda subject, name=name: subject.row[name] for name in TYPES if name != "marks"}
    | {"marks": lambda subject: subject.marks},
    families=dict.fromkeys(
        FAMILIES,
        lambda name: lambda subject: subject.document.get(name.partition(".")[2]),
    ),
    count=lambda subject, event, within_days: sum(
        happened == event and days_ago <= within_days for happened, days_ago in subject.happenings
    ),
    total=lambda subject, _amount, within_days: sum(
        days_ago for _, days_ago in subject.happenings if days_ago <= within_days
    ),
)

VALUES: dict[FactType, st.SearchStrategy[Any]] = {
    FactType.NUMBER: st.sampled_from(NUMBERS) | st.integers(-20, 20),
    FactType.TEXT: st.sampled_from(TEXTS),
    FactType.BOOLEAN: st.booleans(),
    FactType.DATE: st.sampled_from(DATES),
    FactType.MOMENT: st.sampled_from(MOMENTS),
    FactType.SET_OF_TEXT: st.sampled_from(TEXTS),
}


@st.composite
def comparisons(draw: st.DrawFn) -> dict[str, Any]:
    fact, fact_type = draw(st.sampled_from(list(FACTS.items())))
    operator = draw(st.sampled_from(OPERATORS[fact_type]))
    value: Any = draw(VALUES[fact_type])
    if operator == "one_of":
        value = draw(st.lists(VALUES[fact_type], min_size=1, max_size=4))
    if operator == "is_known":
        value = None
    return {"compare": {"fact": fact, "operator": operator.value, "value": value}}


counts = st.fixed_dictionaries(
    {
        "event": st.sampled_from(EVENTS),
        "within_days": st.integers(1, 40),
        "operator": st.sampled_from(["equals", "differs", "less_than", "at_most", "at_least"]),
        "value": st.integers(0, 4),
    }
)


sums = st.fixed_dictionaries(
    {
        "amount": st.just("days"),
        "within_days": st.integers(1, 40),
        "operator": st.sampled_from(["equals", "less_than", "more_than"]),
        "value": st.integers(-1, 60),
    }
)


def branches(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(parts, min_size=1, max_size=3)
    return (
        st.builds(lambda p: {"all": p}, several)
        | st.builds(lambda p: {"any": p}, several)
        | st.builds(lambda p: {"not": p}, parts)
    )


leaves = (
    comparisons()
    | st.builds(lambda count: {"count": count}, counts)
    | st.builds(lambda total: {"sum": total}, sums)
)
predicates = st.recursive(leaves, branches, max_leaves=8).map(parse)


@pytest.fixture(scope="session")
async def stored_subjects(engine: AsyncEngine) -> AsyncEngine:
    async with engine.begin() as connection:
        await connection.run_sync(tables.create_all)
        await connection.execute(
            subject_table.insert(),
            [{"id": s.id, "document": s.document, **s.row} for s in SUBJECTS],
        )
        await connection.execute(
            mark_table.insert(),
            [{"subject_id": s.id, "code": code} for s in SUBJECTS for code in s.marks],
        )
        await connection.execute(
            happening_table.insert(),
            [
                {"subject_id": s.id, "event": event, "days_ago": days_ago}
                for s in SUBJECTS
                for event, days_ago in s.happenings
            ],
        )
    return engine


async def fitting_in_sql(engine: AsyncEngine, conditions: list[Checked]) -> list[set[int]]:
    fitting = sa.func.array_agg(subject_table.c.id)
    columns = [fitting.filter(to_sql(checked, COLUMNS)) for checked in conditions]
    async with engine.connect() as connection:
        row = (await connection.execute(sa.select(*columns))).one()
    return [set(ids or []) for ids in row]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(trees=st.lists(predicates, min_size=1, max_size=12))
async def test_sql_and_python_find_the_same_subjects(
    stored_subjects: AsyncEngine, trees: list[Predicate]
):
    conditions = [check(tree, VOCABULARY) for tree in trees]

    in_sql = await fitting_in_sql(stored_subjects, conditions)

    fits = [compile_predicate(checked, ACCESSORS) for checked in conditions]
    assert in_sql == [{s.id for s in SUBJECTS if fit(s)} for fit in fits]


@settings(max_examples=40, deadline=None)
@given(trees=st.lists(predicates, min_size=1, max_size=6))
def test_many_at_once_find_what_each_finds_alone(trees: list[Predicate]):
    conditions = {number: check(tree, VOCABULARY) for number, tree in enumerate(trees)}

    matching = compile_predicates(conditions, ACCESSORS)

    for subject in SUBJECTS[:60]:
        alone = [n for n, c in conditions.items() if compile_predicate(c, ACCESSORS)(subject)]
        assert matching(subject) == alone


@settings(max_examples=100, deadline=None)
@given(tree=predicates)
def test_who_fits_has_no_reason_against_and_who_does_not_has_one(tree: Predicate):
    checked = check(tree, VOCABULARY)
    fits = compile_predicate(checked, ACCESSORS)

    for subject in SUBJECTS[:60]:
        assert fits(subject) is (explain(checked, ACCESSORS, subject) == [])


@given(tree=predicates)
def test_what_is_written_is_read_back_the_same(tree: Predicate):
    assert parse(dump(tree)) == tree
    assert describe(parse(dump(tree))) == describe(tree)


async def test_every_operator_of_every_type_finds_the_same_in_both(stored_subjects: AsyncEngine):
    values = {
        FactType.NUMBER: [12, 12.5, 0.1],
        FactType.TEXT: ["a", "%"],
        FactType.BOOLEAN: [True, False],
        FactType.DATE: DATES,
        FactType.MOMENT: MOMENTS,
        FactType.SET_OF_TEXT: ["a", "%"],
    }
    documents = [
        {
            "compare": {
                "fact": fact,
                "operator": operator,
                "value": {"one_of": values[fact_type], "is_known": None}.get(operator, value),
            }
        }
        for fact, fact_type in FACTS.items()
        for operator in OPERATORS[fact_type]
        for value in values[fact_type]
    ]
    positive = [check(parse(document), VOCABULARY) for document in documents]
    negative = [check(parse({"not": document}), VOCABULARY) for document in documents]
    everyone = {s.id for s in SUBJECTS}

    found = await fitting_in_sql(stored_subjects, positive)
    left = await fitting_in_sql(stored_subjects, negative)

    for checked, fitting, others in zip(positive, found, left, strict=True):
        fits = compile_predicate(checked, ACCESSORS)
        assert fitting == {s.id for s in SUBJECTS if fits(s)}, checked.key
        assert others == everyone - fitting, checked.key
    hit = {c.predicate.compare.fact for c, ids in zip(positive, found, strict=True) if ids}
    assert hit == {fact for fact in FACTS if not fact.endswith("missing")}


async def test_a_condition_on_a_bare_column_is_answered_by_its_index(stored_subjects: AsyncEngine):
    checked = check(
        parse({"compare": {"fact": "age", "operator": "at_least", "value": 12}}), VOCABULARY
    )
    statement = sa.select(subject_table.c.id).where(to_sql(checked, COLUMNS))
    dialect = stored_subjects.dialect
    text = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))

    async with stored_subjects.connect() as connection:
        await connection.execute(sa.text("CREATE INDEX subject_by_age ON subject (age)"))
        await connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        plan = (await connection.execute(sa.text(f"EXPLAIN {text}"))).scalars().all()

    assert any("subject_by_age" in line for line in plan), plan
