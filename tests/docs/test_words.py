"""Links, commands, codes and numbers in the documentation are those of the code."""

import re
from pathlib import Path

import pytest
from graphql import GraphQLEnumType, is_non_null_type

from campaign.decisions.stages import STAGES
from campaign.facts.vocabulary import CUSTOMER, TOUCHPOINT
from customer.profiles.facts import CustomerStatus
from gateway.settings import Settings as GatewaySettings
from kit.graph import documents
from local.tokens import ROLES, SCOPES

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part == "node_modules" for part in page.parts)
)
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
RECIPE = re.compile(r"^([a-z][a-z-]*)(?: [^:=\n]*)?:(?!=)", re.MULTILINE)
FRONT_END, PARTNERS, MARKETERS, CONTRIBUTING = (
    (ROOT / "docs" / f"{name}.md").read_text()
    for name in ("front-end", "partners", "marketers", "contributing")
)
SOURCES = "\n".join(
    file.read_text()
    for folder in ("kit", "gateway")
    for file in (ROOT / folder).glob("src/**/*.py")
)


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub links to them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path):
    for link in LINK.findall(page.read_text()):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", GUIDES, ids=named)
def test_every_command_is_one_of_the_justfile(page: Path):
    recipes = set(RECIPE.findall((ROOT / "justfile").read_text()))

    assert set(re.findall(r"\./just ([a-z][a-z-]*)", page.read_text())) <= recipes


def test_every_error_code_is_given_somewhere():
    codes = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)*)`", FRONT_END.partition("## When something")[2]))
    codes = {code for code in codes if len(code) > 4 and code != "TRUSTED_DOCUMENTS"}

    assert len(codes) > 15
    assert [code for code in sorted(codes) if f'"{code}"' not in SOURCES] == []


def test_every_refusal_of_the_partner_api_is_one_of_the_code():
    code = SOURCES + "\n".join(
        file.read_text() for file in (ROOT / "services").glob("*/src/**/*.py")
    )
    table = PARTNERS.partition("## When we say no")[2].partition("## Limits")[0]
    names = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)*)`", table))

    assert len(names) > 8
    assert [name for name in sorted(names) if f"class {name}" not in code] == []


def test_roles_and_scopes_are_those_that_tokens_have():
    in_table = re.findall(
        r"^\| `([a-z_]+)` \|", FRONT_END.partition("## The shape")[0], re.MULTILINE
    )

    assert sorted(in_table) == sorted(ROLES)
    assert set(re.findall(r"^\| `([a-z]+:[a-z]+)`", PARTNERS, re.MULTILINE)) == set(
        SCOPES["partner"].split()
    )
    assert set(re.findall(r"`(approve:[a-z]+)`", FRONT_END)) == set(SCOPES["approver"].split())


def test_marketers_are_told_every_fact_operator_and_stage(graph):
    operators = graph.type_map["PredicateOperator"]
    assert isinstance(operators, GraphQLEnumType)
    words = {*CUSTOMER, *TOUCHPOINT, *(name for name, _ in STAGES), *operators.values}
    words |= {status.value for status in CustomerStatus} | {"budget", "control_group"}

    assert [word for word in sorted(words) if f"`{word}`" not in MARKETERS] == []


def test_limits_are_those_of_the_code(api):
    limits = {name: field.default for name, field in GatewaySettings.model_fields.items()}
    batch = api["components"]["schemas"]["TouchpointBatch"]

    assert (
        f"{limits['max_characters']:,} characters, {limits['max_tokens']:,} tokens, "
        f"{limits['max_depth']} levels, {limits['max_fields']:,} fields, "
        f"{limits['max_aliases']} aliases and {limits['max_root_fields']} root fields"
    ) in FRONT_END
    assert f"up to {documents.MAX_DEPTH} levels and {documents.MAX_FIELDS:,} fields" in FRONT_END
    assert f"{limits['request_seconds']:g} seconds" in FRONT_END
    assert f"1 to {batch['properties']['events']['maxItems']} events" in PARTNERS


def test_contributors_are_told_every_check():
    checks = set(
        re.findall(r'Check\(\s*"([a-z]+)"', (ROOT / "local/src/local/checks.py").read_text())
    )

    assert len(checks) > 5
    assert [name for name in sorted(checks) if f"`{name}`" not in CONTRIBUTING] == []


def test_what_is_null_at_the_border_of_services_may_be_null(graph):
    told = FRONT_END.partition("**Null at the border")[2].partition("\n")[0]
    fields = re.findall(r"`([A-Z]\w+)\.(\w+)`", told)

    assert len(fields) > 8
    for owner, field in fields:
        assert not is_non_null_type(graph.type_map[owner].fields[field].type), field


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = [page.name[:4] for page in sorted((ROOT / "docs" / "decisions").glob("*.md"))]

    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]
