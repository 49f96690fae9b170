"""What doesn't fit is refused with its place and reason, and the good lines go in."""

import pytest
from services.customer.tests.importing import ADA, BOB, COLUMNS, MAPPING, Importing

from kit.testing.harness import Harness


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("id", "", "is blank: the line names nobody"),
        ("mail", "ada", "is not an e-mail address"),
        ("who", "x" * 201, "is not a text of 1 to 200 characters"),
        ("months", "", "is blank"),
        ("months", "a year", "'a year' is not a whole number of at most 15 digits"),
        ("months", "a\nyear", "'a\\nyear' is not a whole number of at most 15 digits"),
        ("charges", "29,85", "'29,85' is not a number of at most 15 digits"),
        ("contract", "W", "'W' is not mapped to a value"),
        ("left", "Maybe", "'Maybe' is not mapped to a status"),
        ("left", "", "'' is not mapped to a status"),
    ],
)
async def test_a_bad_line_is_kept_with_its_reason_and_the_good_ones_go_in(
    harness: Harness, importing: Importing, operator: str, column: str, text: str, reason: str
) -> None:
    bad = list(ADA)
    bad[COLUMNS.index(column)] = text
    if column == "id":
        bad[COLUMNS.index("mail")] = ""
    opened = (await importing.open()).json()

    taken = (await importing.send(opened["id"], 2, bad, BOB)).json()

    rejections = [{"line": 2, "field": column, "reason": reason, "original": ",".join(bad)}]
    if "," in text or "\n" in text:
        rejections[0]["original"] = ",".join(bad).replace(text, f'"{text}"')
    kept = (await harness.get(f"/v1/imports/{opened['id']}/rejections", as_=operator)).json()
    assert taken["rejections"] == rejections
    assert kept == {"rejections": rejections, "next": None}
    assert (taken["next_line"], taken["counts"]["registered"], taken["counts"]["rejected"]) == (
        4,
        1,
        1,
    )
    assert await importing.find("C-1") is None
    assert len(await harness.events_recorded()) == 1


async def test_a_line_of_another_width_is_refused(importing: Importing) -> None:
    opened = (await importing.open()).json()

    taken = (await importing.send(opened["id"], 2, ADA[:-1], [*ADA, "more"], ADA)).json()

    assert taken["rejections"] == [
        {
            "line": number,
            "field": "line",
            "reason": f"has {len(record)} values, the header 10",
            "original": ",".join(record),
        }
        for number, record in ((2, ADA[:-1]), (3, [*ADA, "more"]))
    ]
    assert taken["counts"]["rejected_by_field"] == {"line": 2}
    assert taken["counts"]["registered"] == 1


async def test_a_line_that_names_two_customers_is_refused(importing: Importing) -> None:
    await importing.whole(ADA, BOB)
    both = ["C-2", "ada@x.y", *ADA[2:]]

    done = await importing.whole(both, digest="b" * 64)

    assert (done["counts"]["rejected"], done["counts"]["changed"]) == (1, 0)


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"unit": "HQ"}, "mapping.unit"),
        ({"time_zone": "Mars"}, "mapping.time_zone"),
        ({"name": {"column": "nobody"}}, "mapping.name.column"),
        (
            {"holdings": [{"product": "p", "column": "nothing", "when": ["1"]}]},
            "mapping.holdings.0.column",
        ),
        (
            {"attributes": [{"name": "Tenure", "column": "months", "type": "whole"}]},
            "mapping.attributes.0.name",
        ),
        (
            {"attributes": [{"name": "a", "column": "id", "type": "text"}] * 2},
            "mapping.attributes.1",
        ),
        ({"tags": [{"tag": "A B", "column": "id", "when": ["1"]}]}, "mapping.tags.0.tag"),
        ({"consents": [{"purpose": "marketing", "when": ["1"]}]}, "mapping.consents.0.when"),
        ({"identifiers": [{"scheme": "C R M", "column": "id"}]}, "mapping.identifiers.0.scheme"),
        ({"identifiers": []}, "mapping.identifiers"),
        (
            {"identifiers": [{"scheme": "crm", "column": "id", "country_code": "86"}]},
            "mapping.identifiers.0.country_code",
        ),
        ({"parent": {"column": "id", "country_code": "86"}}, "mapping.parent.country_code"),
        ({"unit_column": "where"}, "mapping.unit_column"),
        ({"lists": {"tags": "marks"}}, "mapping.lists.tags"),
        (
            {"attributes": [{"name": "a", "column": "id", "type": "date", "format": "%d/%m"}]},
            "mapping.attributes.0.format",
        ),
        (
            {"attributes": [{"name": "a", "column": "id", "type": "text", "format": "%Y-%m-%d"}]},
            "mapping.attributes.0.format",
        ),
    ],
)
async def test_a_mapping_that_does_not_fit_is_refused_with_its_path(
    harness: Harness, importing: Importing, part: dict, field: str
) -> None:
    importing.token = harness.token("operator", unit=part.get("unit", "hq"))

    refusal = await importing.open(MAPPING | part)

    assert (refusal.status_code, refusal.json()["title"]) == (422, "InvalidInput")
    assert refusal.json()["field"] == field


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ({"name": {"column": "a\0b"}}, "body.mapping.name.column"),
        ({"colour": "red"}, "body.mapping.colour"),
        (
            {"attributes": [{"name": "a", "column": "id", "type": "number"}]},
            "body.mapping.attributes.0.type",
        ),
        (
            {"status": {"column": "left", "values": {"Yes": "gone"}}},
            "body.mapping.status.values.Yes",
        ),
    ],
)
async def test_a_mapping_of_another_shape_is_refused_with_its_path(
    importing: Importing, part: dict, path: str
) -> None:
    refusal = await importing.open(MAPPING | part)

    assert refusal.status_code == 422
    assert [each["field"] for each in refusal.json()["errors"]] == [path]


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_line": 0},
        {"first_line": 2**40},
        {"records": []},
        {"records": [[1]]},
        {"records": [["x"]] * 1_001},
        {"lines": [2**40]},
        {"lines": [2, 3]},
    ],
)
async def test_lines_of_another_shape_are_refused_and_none_is_taken(
    importing: Importing, wrong: dict
) -> None:
    opened = (await importing.open()).json()

    body = {"first_line": 2, "records": [ADA]} | wrong
    path = f"/v1/imports/{opened['id']}/records"
    refusal = await importing.harness.post(path, body, as_=importing.token)

    assert refusal.status_code == 422
    assert await importing.progress(opened["id"]) == opened


async def test_an_attribute_declared_otherwise_is_refused_and_nothing_is_opened(
    harness: Harness, importing: Importing
) -> None:
    await importing.whole(ADA)
    other = [{"name": "tenure_months", "column": "months", "type": "text"}]

    refusal = await importing.open(MAPPING | {"attributes": other}, digest="b" * 64)

    assert (refusal.status_code, refusal.json()["title"]) == (409, "AttributeDeclaredOtherwise")
    assert refusal.json()["declared"] == "whole"


async def test_a_line_about_a_customer_of_another_unit_is_refused(
    harness: Harness, importing: Importing
) -> None:
    await importing.whole(ADA)
    importing.token = harness.token("marketer", unit="hq.gd")

    done = await importing.whole(ADA, BOB, mapping=MAPPING | {"unit": "hq.gd"}, digest="b" * 64)

    assert (done["counts"]["rejected"], done["counts"]["registered"]) == (1, 1)
    assert (await importing.find("C-1"))["version"] == 1
