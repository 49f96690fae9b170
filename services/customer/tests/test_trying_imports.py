"""What a dry run says of a file is what then happens, however the file is cut into chunks."""

import itertools
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kit.testing.harness import Harness

COLUMNS = [
    "id", "mail", "kind", "class", "above", "company", "who", "tv", "vip", "agreed", "in", "listed",
]  # fmt: skip
MAPPING = {
    "unit": "hq.zj",
    "kind_column": "kind",
    "identifiers": [{"scheme": "crm", "column": "id"}, {"scheme": "email", "column": "mail"}],
    "name": {"column": "who"},
    "group_class": {"column": "class"},
    "parent": {"scheme": "crm", "column": "above"},
    "member_of": [{"scheme": "crm", "column": "company", "role": "contact"}],
    "holdings": [{"product": "tv", "column": "tv", "when": ["Y"]}],
    "tags": [{"tag": "vip", "column": "vip", "when": ["Y"]}],
    "consents": [{"purpose": "marketing", "column": "agreed", "when": ["Y"]}],
    "lists": {"memberships": "in", "special_lists": "listed"},
}
IN_A_GROUP = '[{"scheme": "crm", "value": "ROUND-G1", "role": "ROLE"}]'
ON_A_LIST = '[{"list": "sensitive", "reason": "Said so", "since": "2026-01-01T00:00:00Z"}]'
group_id = st.sampled_from(["ROUND-G1", "ROUND-G2", "ROUND-G3"])
sometimes = st.sampled_from(["", "", "Y", "N"])
groups = st.tuples(
    group_id, st.just(""), st.just("group"), st.sampled_from(["", "A", "B"]),
    st.one_of(st.just(""), group_id), st.just(""), st.sampled_from(["", "One", "Two"]),
    sometimes, sometimes, st.just(""), st.just(""), st.just(""),
)  # fmt: skip
people = st.tuples(
    st.sampled_from(["ROUND-P1", "ROUND-P2", ""]),
    st.sampled_from(["", "ROUNDa@x.y", "ROUNDb@x.y"]),
    st.sampled_from(["", "individual"]),
    st.just(""),
    st.sampled_from(["", "", "ROUND-G1"]),
    st.one_of(st.just(""), group_id, st.just("ROUND-P1")),
    st.sampled_from(["", "Ada", "Bob"]),
    sometimes,
    sometimes,
    st.sampled_from(["", "Y", "N"]),
    st.sampled_from(
        ["", "", *(IN_A_GROUP.replace("ROLE", each) for each in ("member", "contact"))]
    ),
    st.sampled_from(["", "", ON_A_LIST]),
)
lines = st.lists(st.one_of(groups, people), min_size=4, max_size=14)
rounds = itertools.count(1)


class Trying:
    """Files of some lines each, sent in chunks of so many."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.token = harness.token("operator", unit="hq", subject="olga")

    async def take(self, digest: str, file: list[list[str]], cut: int, *, dry_run: bool) -> Any:
        """The counts, and every refused line."""
        new = {
            "source": "people.csv", "digest": digest, "mapping": MAPPING, "columns": COLUMNS,
            "dry_run": dry_run,
        }  # fmt: skip
        opened = (await self.harness.post("/v1/imports", new, as_=self.token)).json()
        path = f"/v1/imports/{opened['id']}"
        refused = []
        for first in range(0, len(file), cut):
            told = {
                "first_line": opened["next_line"] + first,
                "records": file[first : first + cut],
            }
            answer = await self.harness.post(f"{path}/records", told, as_=self.token)
            assert answer.status_code == 200, answer.text
            refused += answer.json()["rejections"]
        done = await self.harness.post(f"{path}/complete", {}, as_=self.token)
        return done.json()["counts"], refused


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(before=lines, file=lines, cut=st.sampled_from([1, 2, 5]), at_once=st.booleans())
async def test_a_dry_run_in_chunks_reports_what_the_run_reports(
    harness: Harness,
    before: list[tuple[str, ...]],
    file: list[tuple[str, ...]],
    cut: int,
    at_once: bool,
) -> None:
    trying = Trying(harness)
    number = next(rounds)
    known, wanted = (
        [[cell.replace("ROUND", str(number)) for cell in line] for line in each]
        for each in (before, file)
    )
    await trying.take(f"{number:063x}a", known, 50, dry_run=False)
    events = len(await harness.events_recorded())

    tried = await trying.take(f"{number:063x}b", wanted, cut, dry_run=True)
    untouched = len(await harness.events_recorded())
    done = await trying.take(f"{number:063x}b", wanted, 50 if at_once else cut, dry_run=False)

    assert tried == done
    assert untouched == events
