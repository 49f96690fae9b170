"""Predicates and their reasons in words."""

from typing import Any

from kit.predicates import Accessors, FactType, Vocabulary, check, describe, explain, parse

VOCABULARY = Vocabulary(
    {
        "age": FactType.NUMBER,
        "name": FactType.TEXT,
        "adult": FactType.BOOLEAN,
        "colours": FactType.SET_OF_TEXT,
    },
    frozenset({"arrived"}),
    frozenset({"spent"}),
)
ACCESSORS = Accessors[dict[str, Any]](
    facts={
        name: lambda subject, name=name: subject.get(name)
        for name in ("age", "name", "adult", "colours")
    },
    count=lambda subject, event, within_days: subject.get("arrivals", 0),
    total=lambda subject, amount, within_days: subject.get("spent", 0),
)
DOCUMENT = {
    "all": [
        {"compare": {"fact": "age", "operator": "at_least", "value": 12}},
        {
            "any": [
                {"compare": {"fact": "name", "operator": "one_of", "value": ["Ada", "Bo"]}},
                {"compare": {"fact": "adult", "operator": "equals", "value": True}},
            ]
        },
        {"not": {"compare": {"fact": "colours", "operator": "contains", "value": "red"}}},
        {"count": {"event": "arrived", "within_days": 30, "operator": "at_least", "value": 2}},
    ]
}


def reasons_against(document: object, **subject: Any) -> list[str]:
    return explain(check(parse(document), VOCABULARY), ACCESSORS, subject)


def test_a_predicate_reads_as_a_sentence():
    assert describe(parse(DOCUMENT)) == (
        'age is at least 12 and (name is one of "Ada", "Bo" or adult is true) '
        'and not colours contains "red" and arrived happened at least 2 times within 30 days'
    )


def test_a_sum_reads_as_a_sentence_and_says_what_it_came_to():
    document = {
        "sum": {"amount": "spent", "within_days": 90, "operator": "at_least", "value": 50_000}
    }

    assert describe(parse(document)) == "spent within 90 days is at least 50,000"
    assert reasons_against(document, spent=7) == [
        "wanted: spent within 90 days is at least 50,000, found 7"
    ]


def test_single_times_days_and_nested_negations_read_well():
    document = {
        "not": {
            "any": [
                {"compare": {"fact": "age", "operator": "is_known"}},
                {"count": {"event": "arrived", "within_days": 1, "operator": "equals", "value": 1}},
            ]
        }
    }

    assert describe(parse(document)) == (
        "not (age is known or arrived happened exactly 1 time within 1 day)"
    )


def test_long_lists_are_cut_short():
    document = {"compare": {"fact": "age", "operator": "one_of", "value": [1, 2, 3, 4, 5, 6, 7]}}

    assert describe(parse(document)) == "age is one of 1, 2, 3, 4, 5 and 2 more"


def test_who_fits_has_nothing_to_explain():
    assert reasons_against(DOCUMENT, age=12, name="Ada", colours=["blue"], arrivals=2) == []


def test_each_part_that_kept_the_subject_out_says_what_was_wanted_and_found():
    reasons = reasons_against(DOCUMENT, age=11, adult=False, colours={"red", "blue"}, arrivals=1)

    assert reasons == [
        "wanted: age is at least 12, found 11",
        'wanted: name is one of "Ada", "Bo", found unknown',
        "wanted: adult is true, found false",
        'not wanted: colours contains "red", found "blue", "red"',
        "wanted: arrived happened at least 2 times within 30 days, found 1",
    ]


def test_alternatives_are_no_reason_when_one_of_them_holds():
    reasons = reasons_against(DOCUMENT, age=11, adult=True, arrivals=2)

    assert reasons == ["wanted: age is at least 12, found 11"]


def test_a_conjunction_that_should_not_hold_names_all_that_made_it_hold():
    document = {"not": {"all": DOCUMENT["all"][:2]}}

    assert reasons_against(document, age=12, name="Bo") == [
        "not wanted: age is at least 12, found 12",
        'not wanted: name is one of "Ada", "Bo", found "Bo"',
    ]
    assert reasons_against(document, age=12, name="Cy") == []
