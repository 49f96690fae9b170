"""Reading a predicate: what a document may hold, and what is said of one that may not."""

import pytest

from kit.errors import InvalidInput
from kit.predicates import AllOf, Compare, Not, Operator, parse
from kit.predicates.tree import EventCount, dump

A_NODE = "A node is an object with exactly one of the keys all, any, not, compare, count, sum."
A_VALUE = "A value is a text, a number, true or false, or a list of these."


def compared(**changed: object) -> dict[str, object]:
    return {"compare": {"fact": "age", "operator": "equals", "value": 1} | changed}


def test_a_document_becomes_a_tree_of_its_nodes():
    document = {
        "all": [
            compared(operator="at_least", value=12),
            {"not": {"any": [compared(operator="one_of", value=["a", "b"])]}},
            {"count": {"event": "seen", "within_days": 30, "operator": "at_most", "value": 2}},
        ]
    }

    tree = parse(document)

    assert isinstance(tree, AllOf)
    first, second, third = tree.all
    assert isinstance(first, Compare)
    assert (first.compare.fact, first.compare.operator) == ("age", Operator.AT_LEAST)
    assert first.compare.value == 12
    assert isinstance(second, Not)
    assert third.count == EventCount(
        event="seen", within_days=30, operator=Operator.AT_MOST, value=2
    )
    assert dump(tree) == document


def test_a_whole_number_is_the_same_however_it_was_written():
    assert parse(compared(value=12.0)) == parse(compared(value=12))
    assert dump(parse(compared(value=12.0))) == compared(value=12)


@pytest.mark.parametrize(
    ("document", "field", "message"),
    [
        (None, "predicate", A_NODE),
        ([], "predicate", A_NODE),
        ({}, "predicate", A_NODE),
        ({"every": []}, "predicate", A_NODE),
        ({"all": [compared()], "any": [compared()]}, "predicate", A_NODE),
        ({"all": [{"not": {"all": [compared(), 5]}}]}, "predicate.all[0].not.all[1]", A_NODE),
        ({"not": {"not": "x"}}, "predicate.not.not", A_NODE),
        ({"all": []}, "predicate.all", "At least one part is needed."),
        ({"any": 5}, "predicate.any", "A list of parts is needed."),
        (
            {"compare": {"fact": "age"}},
            "predicate.compare.operator",
            "This is missing; add it.",
        ),
        (compared(fact=5), "predicate.compare.fact", "Input should be a valid string."),
        (compared(value={}), "predicate.compare.value", A_VALUE),
        (compared(value=[[1]]), "predicate.compare.value", A_VALUE),
        (compared(value=float("nan")), "predicate.compare.value", A_VALUE),
        (compared(value=float("inf")), "predicate.compare.value", A_VALUE),
        (
            compared(weight=5),
            "predicate.compare.weight",
            "There is no such key; leave it out.",
        ),
        (
            compared(operator="is"),
            "predicate.compare.operator",
            "Input should be 'equals', 'differs', 'less_than', 'at_most', 'more_than', 'at_least', "
            "'one_of', 'contains', 'starts_with' or 'is_known'.",
        ),
        (
            {"count": {"event": "a", "within_days": "30", "operator": "equals", "value": 1}},
            "predicate.count.within_days",
            "Input should be a valid integer.",
        ),
        (
            {"count": {"event": "a", "within_days": 30, "operator": "equals", "value": True}},
            "predicate.count.value",
            "Input should be a valid integer.",
        ),
    ],
)
def test_a_document_that_is_no_predicate_is_refused_with_the_place_in_it(document, field, message):
    with pytest.raises(InvalidInput) as refused:
        parse(document)

    assert (refused.value.field, refused.value.message) == (field, message)


def test_a_document_nested_without_end_is_refused():
    document: object = compared()
    for _ in range(5_000):
        document = {"not": document}

    with pytest.raises(InvalidInput, match="nested too deep") as refused:
        parse(document, "rule")

    assert refused.value.field == "rule"
