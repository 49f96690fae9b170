"""Compiled predicates: nothing a person wrote is run, and what was compiled is kept."""

import builtins
from typing import Any

import pytest

from kit.predicates import (
    Accessors,
    Checked,
    FactType,
    Vocabulary,
    check,
    compile_predicate,
    compile_predicates,
    parse,
)

HOSTILE = "'); raise SystemExit('run'); ('\n\\"
VOCABULARY = Vocabulary({HOSTILE: FactType.TEXT, "age": FactType.NUMBER}, frozenset({HOSTILE}))


def checked(document: object) -> Checked:
    return check(parse(document), VOCABULARY)


def compared(fact: str, operator: str, value: object) -> dict[str, object]:
    return {"compare": {"fact": fact, "operator": operator, "value": value}}


def test_facts_events_and_values_written_as_code_stay_values():
    accessors = Accessors[str](
        {HOSTILE: lambda subject: subject}, count=lambda subject, event, days: len(event)
    )
    rule = checked(
        {
            "all": [
                compared(HOSTILE, "equals", HOSTILE),
                compared(HOSTILE, "one_of", [HOSTILE]),
                compared(HOSTILE, "starts_with", HOSTILE),
                {
                    "count": {
                        "event": HOSTILE,
                        "within_days": 1,
                        "operator": "equals",
                        "value": len(HOSTILE),
                    }
                },
            ]
        }
    )

    assert compile_predicate(rule, accessors)(HOSTILE) is True
    assert compile_predicate(rule, accessors)("else") is False
    assert compile_predicates({HOSTILE: rule}, accessors)(HOSTILE) == [HOSTILE]


def test_no_text_of_a_rule_reaches_the_generated_source(monkeypatch):
    sources: list[str] = []
    compile_source = builtins.compile

    def watched(source: str, *rest: Any) -> Any:
        sources.append(source)
        return compile_source(source, *rest)

    monkeypatch.setattr(builtins, "compile", watched)
    accessors = Accessors[str]({HOSTILE: str, "age": len})
    compile_predicate(
        checked({"any": [compared(HOSTILE, "equals", "secret"), compared("age", "equals", 7)]}),
        accessors,
    )

    assert sources == [
        "def answer(subject):\n"
        " fact_0 = read_1(subject)\n"
        " fact_1 = read_3(subject)\n"
        " return ((fact_0 == value_2) or (fact_1 == value_4))"
    ]


def test_the_same_rule_is_compiled_once_for_the_same_accessors():
    accessors = Accessors[int]({"age": lambda subject: subject})
    others = Accessors[int]({"age": lambda subject: subject})

    first = compile_predicate(checked(compared("age", "at_least", 12)), accessors)

    assert compile_predicate(checked(compared("age", "at_least", 12.0)), accessors) is first
    assert compile_predicate(checked(compared("age", "at_least", 13)), accessors) is not first
    assert compile_predicate(checked(compared("age", "at_least", 12)), others) is not first


def test_each_fact_is_read_once_however_many_rules_ask():
    reads: list[int] = []
    accessors = Accessors[int]({"age": lambda subject: reads.append(subject) or subject})
    rules = {limit: checked(compared("age", "at_least", limit)) for limit in range(10, 60, 10)}

    assert compile_predicates(rules, accessors)(30) == [10, 20, 30]
    assert reads == [30]


def test_a_fact_nobody_can_read_is_a_bug_found_when_compiling():
    with pytest.raises(KeyError, match="age"):
        compile_predicate(checked(compared("age", "equals", 1)), Accessors[int]())
    with pytest.raises(KeyError):
        compile_predicate(
            checked(
                {
                    "count": {
                        "event": HOSTILE,
                        "within_days": 1,
                        "operator": "equals",
                        "value": 1,
                    }
                }
            ),
            Accessors[int](),
        )
