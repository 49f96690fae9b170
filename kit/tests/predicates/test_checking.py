"""Checking a predicate against its vocabulary."""

import pytest

from kit.errors import InvalidInput
from kit.predicates import FactType, Vocabulary, check, parse

VOCABULARY = Vocabulary(
    facts={
        "age": FactType.NUMBER,
        "name": FactType.TEXT,
        "adult": FactType.BOOLEAN,
        "born": FactType.DATE,
        "seen": FactType.MOMENT,
        "colours": FactType.SET_OF_TEXT,
        "attribute.*": FactType.NUMBER,
        "attribute.name.*": FactType.TEXT,
    },
    events=frozenset({"arrived", "seen.*"}),
    amounts=frozenset({"spent", "paid.*"}),
)


def compared(fact: str, operator: str, value: object = None) -> dict[str, object]:
    return {"compare": {"fact": fact, "operator": operator, "value": value}}


def counted(**changed: object) -> dict[str, object]:
    usual = {"event": "arrived", "within_days": 30, "operator": "at_least", "value": 2}
    return {"count": usual | changed}


def summed(**changed: object) -> dict[str, object]:
    usual = {"amount": "spent", "within_days": 90, "operator": "at_least", "value": 50_000}
    return {"sum": usual | changed}


@pytest.mark.parametrize(
    "document",
    [
        compared("age", "at_least", 12),
        compared("age", "one_of", [1, 2.5]),
        compared("name", "starts_with", "A"),
        compared("adult", "differs", True),
        compared("born", "less_than", "2000-02-29"),
        compared("born", "one_of", ["2000-02-29"]),
        compared("seen", "more_than", "2026-01-31T09:30:00.5+08:00"),
        compared("colours", "contains", "red"),
        compared("colours", "is_known"),
        compared("attribute.size", "equals", 999_999_999_999_999),
        compared("attribute.name.first", "equals", "Ada"),
        counted(operator="equals", value=0),
        counted(event="seen.at_home"),
        summed(),
        summed(operator="less_than", value=-1),
        summed(amount="paid.CNY"),
    ],
)
def test_what_the_vocabulary_allows_is_checked(document):
    assert check(parse(document), VOCABULARY).predicate == parse(document)


@pytest.mark.parametrize(
    ("document", "field", "message"),
    [
        (
            compared("agee", "equals", 1),
            "compare.fact",
            "agee is not a declared fact; did you mean age?",
        ),
        (
            compared("zzz", "equals", 1),
            "compare.fact",
            "zzz is not a declared fact; declared are adult, age, attribute.*, attribute.name.*, "
            "born, colours, name, seen.",
        ),
        (
            compared("attribute.", "equals", 1),
            "compare.fact",
            "attribute. is not a declared fact; did you mean attribute.*?",
        ),
        (
            compared("attribute.*", "equals", 1),
            "compare.fact",
            "attribute.* is not a declared fact; did you mean attribute.*?",
        ),
        (
            compared("age", "contains", "a"),
            "compare.operator",
            "contains can't be asked of age, which is of type number; use one of equals, differs, "
            "less_than, at_most, more_than, at_least, one_of, is_known.",
        ),
        (
            compared("name", "less_than", "a"),
            "compare.operator",
            "less_than can't be asked of name, which is of type text; use one of equals, differs, "
            "one_of, starts_with, is_known.",
        ),
        (
            compared("age", "is_known", True),
            "compare.value",
            "is_known takes no value; negate it with not.",
        ),
        (
            compared("age", "equals", "12"),
            "compare.value",
            "age is compared with a number of at most 15 digits.",
        ),
        (
            compared("age", "equals", True),
            "compare.value",
            "age is compared with a number of at most 15 digits.",
        ),
        (
            compared("age", "equals", 10**15),
            "compare.value",
            "age is compared with a number of at most 15 digits.",
        ),
        (
            compared("age", "equals", 0.1234567890123456),
            "compare.value",
            "age is compared with a number of at most 15 digits.",
        ),
        (
            compared("age", "equals"),
            "compare.value",
            "age is compared with a number of at most 15 digits.",
        ),
        (
            compared("name", "equals", ""),
            "compare.value",
            "name is compared with a text of 1 to 500 characters.",
        ),
        (
            compared("name", "equals", "a\0"),
            "compare.value",
            "name is compared with a text of 1 to 500 characters.",
        ),
        (
            compared("name", "equals", "\ud800"),
            "compare.value",
            "name is compared with a text of 1 to 500 characters.",
        ),
        (
            compared("name", "equals", "a" * 501),
            "compare.value",
            "name is compared with a text of 1 to 500 characters.",
        ),
        (
            compared("adult", "equals", 1),
            "compare.value",
            "adult is compared with true or false.",
        ),
        (
            compared("born", "equals", "2026-02-29"),
            "compare.value",
            'born is compared with a date such as "2026-01-31".',
        ),
        (
            compared("born", "equals", "20260228"),
            "compare.value",
            'born is compared with a date such as "2026-01-31".',
        ),
        (
            compared("seen", "at_least", "2026-01-31T09:30:00"),
            "compare.value",
            'seen is compared with a moment such as "2026-01-31T09:30:00Z".',
        ),
        (
            compared("age", "one_of", 5),
            "compare.value",
            "one_of takes a list of 1 to 200 values.",
        ),
        (
            compared("age", "one_of", []),
            "compare.value",
            "one_of takes a list of 1 to 200 values.",
        ),
        (
            compared("age", "one_of", list(range(201))),
            "compare.value",
            "one_of takes a list of 1 to 200 values.",
        ),
        (
            compared("age", "one_of", [1, "a"]),
            "compare.value[1]",
            "age is compared with a number of at most 15 digits.",
        ),
        (
            counted(event="arived"),
            "count.event",
            "arived is not a declared event; did you mean arrived?",
        ),
        (
            counted(operator="contains"),
            "count.operator",
            "contains can't be asked of a number of events; use one of equals, differs, less_than, "
            "at_most, more_than, at_least.",
        ),
        (counted(within_days=0), "count.withinDays", "The window is 1 to 3660 days."),
        (counted(within_days=3_661), "count.withinDays", "The window is 1 to 3660 days."),
        (counted(value=-1), "count.value", "Events are counted from 0 to 1000000."),
        (counted(value=10**18), "count.value", "Events are counted from 0 to 1000000."),
        (
            counted(event="seen."),
            "count.event",
            "seen. is not a declared event; did you mean seen.*?",
        ),
        (
            summed(amount="spend"),
            "sum.amount",
            "spend is not a declared amount; did you mean spent?",
        ),
        (
            summed(operator="one_of"),
            "sum.operator",
            "one_of can't be asked of a sum; use one of equals, differs, less_than, at_most, "
            "more_than, at_least.",
        ),
        (summed(within_days=3_661), "sum.withinDays", "The window is 1 to 3660 days."),
        (summed(value=10**16), "sum.value", "Sums are of at most 1000000000000000."),
    ],
)
def test_what_it_does_not_allow_is_refused_with_the_place_and_what_would_be_right(
    document, field, message
):
    tree = parse({"any": [counted(), {"not": document}]})

    with pytest.raises(InvalidInput) as refused:
        check(tree, VOCABULARY, field="rule")

    assert (refused.value.field, refused.value.message) == (f"rule.any[1].not.{field}", message)


def test_an_event_is_refused_where_none_is_declared():
    with pytest.raises(InvalidInput) as refused:
        check(parse(counted()), Vocabulary({"age": FactType.NUMBER}))

    assert refused.value.message == "arrived is not a declared event; none is declared."


def test_a_window_longer_than_what_is_kept_is_refused():
    kept = Vocabulary({}, frozenset({"arrived"}), longest_window=7)

    with pytest.raises(InvalidInput) as refused:
        check(parse(counted(within_days=8)), kept)

    assert refused.value.message == "The window is 1 to 7 days."


def test_a_rule_nested_deeper_than_allowed_is_refused_at_the_node_too_deep():
    tree = parse({"not": {"not": {"not": counted()}}})

    with pytest.raises(InvalidInput) as refused:
        check(tree, VOCABULARY, max_depth=3)

    assert refused.value.field == "predicate.not.not.not"
    assert refused.value.message == "The rule is nested deeper than 3 levels."
    assert check(tree, VOCABULARY, max_depth=4)


def test_a_rule_of_more_parts_than_allowed_is_refused():
    tree = parse({"any": [counted()] * 200})

    with pytest.raises(InvalidInput) as refused:
        check(tree, VOCABULARY)

    assert refused.value.message == "The rule has more than 200 parts; use fewer."
    assert check(tree, VOCABULARY, max_nodes=201)


def test_the_same_rule_over_a_fact_of_another_type_is_another_rule():
    tree = parse(compared("age", "is_known"))

    number = check(tree, Vocabulary({"age": FactType.NUMBER}))
    text = check(tree, Vocabulary({"age": FactType.TEXT}))

    assert number == check(tree, Vocabulary({"age": FactType.NUMBER}))
    assert number != text
    assert len({number, text}) == 2
