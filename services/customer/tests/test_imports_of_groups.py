"""Groups come with class, manager, parent and members."""

import asyncio
from typing import Any

import pytest
from services.customer.tests.importing import Importing

from kit.testing.harness import Harness

GROUPS = ["id", "kind", "class", "manager", "above", "company", "role"]
GROUP_MAPPING = {
    "unit": "hq.zj",
    "kind_column": "kind",
    "identifiers": [{"scheme": "crm", "column": "id"}],
    "group_class": {"column": "class"},
    "account_manager": {"column": "manager"},
    "parent": {"scheme": "crm", "column": "above"},
    "member_of": [{"column": "company", "role": "contact"}],
}
IN_GROUPS = """class accountManager parent { identifiers { value } }
  groups { edges { node { role group { identifiers { value } } } } }"""


@pytest.fixture
def into_groups(harness: Harness, importing: Importing) -> Any:
    """Sends lines about groups as a file of their own; the progress with its refused lines."""

    async def send(*lines: str, dry_run: bool = False, digest: str = "a") -> Any:
        new = {
            "source": "groups.csv", "digest": digest * 64, "mapping": GROUP_MAPPING,
            "columns": GROUPS, "dry_run": dry_run,
        }  # fmt: skip
        opened = (await harness.post("/v1/imports", new, as_=importing.token)).json()
        done = await importing.send(opened["id"], 2, *(line.split(",") for line in lines))
        path = f"/v1/imports/{opened['id']}/complete"
        await harness.post(path, {}, as_=importing.token)
        return done.json()

    return send


@pytest.fixture
def in_groups(harness: Harness) -> Any:
    """What is told of a customer's groups."""

    async def read(crm: str) -> Any:
        query = f'{{ customerByIdentifier(scheme: "crm", value: "{crm}") {{ {IN_GROUPS} }} }}'
        found = await harness.graph(query, as_=harness.token("front_line", unit="hq"))
        told = found["customerByIdentifier"]
        if told is None:
            return None
        above = told["parent"] and told["parent"]["identifiers"][0]["value"]
        nodes = [edge["node"] for edge in told["groups"]["edges"]]
        groups = [(e["group"]["identifiers"][0]["value"], e["role"]) for e in nodes]
        return told["class"], told["accountManager"], above, groups

    return read


async def test_groups_come_with_class_manager_parent_and_members(
    harness: Harness, into_groups: Any, in_groups: Any
) -> None:
    lines = (
        "G-1,group,A,max,,,",
        "G-2,group,,,G-1,,",
        "C-1,individual,,,,crm:G-2,",
    )

    tried = await into_groups(*lines, dry_run=True)
    nobody = await in_groups("G-1")
    done = await into_groups(*lines)
    again = await into_groups(*lines, digest="b")

    assert tried["counts"] == done["counts"]
    assert (done["counts"]["registered"], done["rejections"], nobody) == (3, [], None)
    assert again["counts"]["unchanged"] == 3
    assert await in_groups("G-1") == ("A", "max", None, [])
    assert await in_groups("G-2") == (None, None, "G-1", [])
    assert await in_groups("C-1") == (None, None, None, [("G-2", "CONTACT")])
    told = await harness.events_recorded("octoreach.customer.group_membership.changed.v1")
    assert [(each["role"], each["until"]) for each in told] == [("contact", None)]


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_line_that_would_close_a_circle_or_names_no_group_is_refused_and_the_rest_is_in(
    into_groups: Any, in_groups: Any, dry_run: bool
) -> None:
    await into_groups("G-1,group,,,,,", "G-2,group,,,G-1,,", "G-3,group,,,G-2,,")

    done = await into_groups(
        "G-1,group,B,,G-3,,",
        "G-1,group,B,,G-1,,",
        "G-4,group,,,G-9,,",
        "G-5,group,D,,,,",
        "C-1,individual,A,,,,",
        "C-2,individual,,,,crm:C-3,",
        "G-6,group,,,,crm:G-1,",
        "G-3,group,C,,,,",
        "C-3,individual,,,,crm:G-1,",
        "C-4,individual,,,,crm:C-3,",
        digest="b", dry_run=dry_run,
    )  # fmt: skip

    assert [(each["line"], each["field"]) for each in done["rejections"]] == [
        (2, "above"), (3, "above"), (4, "above"), (5, "class"), (6, "kind"), (7, "company"),
        (8, "company"), (11, "company"),
    ]  # fmt: skip
    assert (done["counts"]["registered"], done["counts"]["changed"]) == (1, 1)
    assert await in_groups("G-1") == (None, None, None, [])
    assert await in_groups("G-3") == ("C" if not dry_run else None, None, "G-2", [])
    assert (await in_groups("C-3")) == (
        None if dry_run else (None, None, None, [("G-1", "CONTACT")])
    )
    assert [await in_groups(each) for each in ("G-4", "G-5", "C-1", "C-2", "G-6")] == [None] * 5


async def test_groups_that_move_within_a_file_are_judged_line_by_line(
    into_groups: Any, in_groups: Any
) -> None:
    await into_groups("G-1,group,,,,,", "G-2,group,,,G-1,,", "G-3,group,,,,,")

    done = await into_groups(
        "G-2,group,,,G-3,,", "G-1,group,,,G-2,,", "G-3,group,,,G-1,,", digest="b"
    )

    assert [(each["line"], each["field"]) for each in done["rejections"]] == [(4, "above")]
    assert [(await in_groups(each))[2] for each in ("G-1", "G-2", "G-3")] == ["G-2", "G-3", None]


async def test_a_known_group_comes_below_one_that_is_new_in_the_same_chunk(
    into_groups: Any, in_groups: Any
) -> None:
    await into_groups("G-1,group,,,,,")

    done = await into_groups("G-2,group,,,,,", "G-1,group,B,,G-2,,", digest="b")

    assert done["rejections"] == []
    assert await in_groups("G-1") == ("B", None, "G-2", [])


async def test_groups_lie_eight_levels_deep_and_no_deeper(into_groups: Any) -> None:
    lines = [f"G-{n},group,,,{f'G-{n - 1}' if n else ''},," for n in range(9)]

    done = await into_groups(*lines)

    assert [each["line"] for each in done["rejections"]] == [10]


async def test_of_two_files_that_close_a_circle_together_one_line_is_refused(
    into_groups: Any, in_groups: Any
) -> None:
    await into_groups("G-1,group,,,,,", "G-2,group,,,,,")

    done = await asyncio.gather(
        into_groups("G-1,group,,,G-2,,", digest="b"), into_groups("G-2,group,,,G-1,,", digest="c")
    )

    assert sorted(len(each["rejections"]) for each in done) == [0, 1]
    above = [(await in_groups(each))[2] for each in ("G-1", "G-2")]
    assert sorted(above, key=str) in (["G-1", None], ["G-2", None])
