"""Predicates as input in the graph."""

import json

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from kit.errors import InvalidInput
from kit.graph.scalars import SCALARS
from kit.predicates import parse
from kit.predicates.graph import PredicateInput
from kit.predicates.tree import dump


@strawberry.type
class Query:
    @strawberry.field
    def stored(self, rule: PredicateInput) -> str:
        return json.dumps(dump(rule.tree("rule")))


schema = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))


def stored(rule: str) -> object:
    answer = schema.execute_sync(f"{{ stored(rule: {rule}) }}")
    assert answer.errors is None
    assert answer.data is not None
    return json.loads(answer.data["stored"])


def error_of(rule: str) -> Exception:
    answer = schema.execute_sync(f"{{ stored(rule: {rule}) }}")
    assert answer.data is None
    assert answer.errors is not None
    return answer.errors[0].original_error or answer.errors[0]


def test_an_input_becomes_the_tree_it_spells():
    document = {
        "all": [
            {"compare": {"fact": "a", "operator": "at_least", "value": 12}},
            {
                "not": {
                    "any": [
                        {"compare": {"fact": "b", "operator": "one_of", "value": ["x", "y"]}},
                        {"compare": {"fact": "c", "operator": "one_of", "value": [1, 2.5]}},
                        {"compare": {"fact": "d", "operator": "equals", "value": False}},
                        {"compare": {"fact": "e", "operator": "less_than", "value": "2026-01-31"}},
                        {"compare": {"fact": "f", "operator": "is_known"}},
                    ]
                }
            },
            {"count": {"event": "g", "within_days": 30, "operator": "at_least", "value": 2}},
        ]
    }

    answer = stored("""{all: [
      {compare: {fact: "a", operator: AT_LEAST, value: {number: 12}}}
      {not: {any: [
        {compare: {fact: "b", operator: ONE_OF, value: {texts: ["x", "y"]}}}
        {compare: {fact: "c", operator: ONE_OF, value: {numbers: [1, 2.5]}}}
        {compare: {fact: "d", operator: EQUALS, value: {boolean: false}}}
        {compare: {fact: "e", operator: LESS_THAN, value: {text: "2026-01-31"}}}
        {compare: {fact: "f", operator: IS_KNOWN}}
      ]}}
      {count: {event: "g", withinDays: 30, operator: AT_LEAST, value: 2}}
    ]}""")

    assert answer == document
    assert dump(parse(answer)) == document


def test_an_explicit_null_value_is_no_value():
    rule = '{compare: {fact: "f", operator: IS_KNOWN, value: null}}'

    assert stored(rule) == {"compare": {"fact": "f", "operator": "is_known"}}


def test_an_input_that_is_no_tree_is_refused_with_the_place_in_it():
    error = error_of("{all: [{not: {any: []}}]}")

    assert isinstance(error, InvalidInput)
    assert (error.field, error.message) == (
        "rule.all[0].not.any",
        "At least one part is needed.",
    )


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("{}", "exactly one"),
        ('{not: {compare: {fact: "a", operator: IS_KNOWN}}, all: []}', "exactly one"),
        ("{all: null}", "must be non-null"),
        ('{compare: {fact: "a", operator: IS}}', "does not exist in 'PredicateOperator'"),
        (
            '{compare: {fact: "a", operator: EQUALS, value: {text: "a", number: 1}}}',
            "exactly one",
        ),
    ],
)
def test_what_the_schema_does_not_allow_never_becomes_a_tree(rule, complaint):
    assert complaint.lower() in str(error_of(rule)).lower()


def test_a_sum_is_spelled_like_a_count():
    rule = '{ sum: { amount: "spent", withinDays: 90, operator: AT_LEAST, value: 50000 } }'

    assert stored(rule) == {
        "sum": {"amount": "spent", "within_days": 90, "operator": "at_least", "value": 50_000}
    }
