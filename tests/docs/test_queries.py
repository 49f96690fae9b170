"""Every query in the documentation is one that the gateway would run."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```graphql\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r'"query": "(.*?)"\}', re.DOTALL)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def queries() -> list:
    return [
        pytest.param(text, id=f"{page.stem}-{number}")
        for page in PAGES
        for number, text in enumerate(BLOCK.findall(page.read_text()))
    ]


@pytest.mark.parametrize("text", queries())
def test_a_query_is_valid(graph, text: str):
    assert [error.message for error in validate(graph, parse(text))] == []


def test_queries_within_curl_commands_are_valid(graph):
    found = [(page.name, text) for page in PAGES for text in INLINE.findall(page.read_text())]
    assert {name for name, _ in found} == {"README.md", "front-end.md"}

    for name, text in found:
        assert (name, [error.message for error in validate(graph, parse(text))]) == (name, [])


def test_a_query_that_the_graph_does_not_have_is_found_out(graph):
    errors = validate(graph, parse("{ customers(first: 3) { edges { node { shoeSize } } } }"))

    assert len(errors) == 1
    assert errors[0].message.startswith("Cannot query field 'shoeSize' on type 'Customer'")
