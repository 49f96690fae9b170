"""Finds the suites: modules with PARTS and CASES, and the supergraph composed of the parts."""

import runpy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from federated.cases import Case, Part

SUITES = Path(__file__).parent / "suites"


@dataclass(frozen=True)
class Suite:
    name: str
    parts: dict[str, Part]
    cases: list[Case]

    @property
    def supergraph(self) -> Path:
        return SUITES / f"{self.name}.supergraph.graphql"


def find_suites() -> Iterator[Suite]:
    for path in sorted(SUITES.glob("*.py")):
        found = runpy.run_path(str(path))
        yield Suite(path.stem, found["PARTS"], found["CASES"])
