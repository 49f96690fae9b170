"""Every case of every suite: the exact answer, and where it matters who was asked."""

import pytest
from federated.cases import Case
from federated.composition import compose_many
from federated.gateway import ask
from federated.suites import Suite, find_suites

SUITES = list(find_suites())
CASES = [
    pytest.param(suite, case, id=f"{suite.name}: {case.name}")
    for suite in SUITES
    for case in suite.cases
]


@pytest.mark.parametrize(("suite", "case"), CASES)
async def test_a_case_is_answered_exactly(suite: Suite, case: Case):
    subgraphs = suite.subgraphs()

    answer = await ask(suite.supergraph(), subgraphs, case.query, case.variables)

    assert answer.get("data") == case.data
    assert bool(answer.get("errors")) == case.errors, answer.get("errors")
    if case.fetches is not None:
        assert [request.subgraph for request in subgraphs.log] == list(case.fetches)


def test_the_composed_supergraphs_are_fresh():
    drafts = [suite.sdls() for suite in SUITES]

    assert compose_many(drafts) == [suite.file.read_text() for suite in SUITES]
