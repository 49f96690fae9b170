"""Finds the suites: modules with PARTS and CASES, and the supergraph composed of the parts."""

import runpy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from federated.cases import Case, Part
from federated.subgraph import Subgraphs
from gateway.supergraph import Supergraph

SUITES = Path(__file__).parents[2] / "conformance" / "suites"
AUDIT = SUITES / "audit"


@dataclass(frozen=True)
class Suite:
    name: str
    parts: dict[str, Part]
    cases: list[Case]

    @property
    def file(self) -> Path:
        return SUITES / f"{self.name}.supergraph.graphql"

    def supergraph(self) -> Supergraph:
        return Supergraph.from_sdl(self.file.read_text())

    def sdls(self) -> dict[str, str]:
        return {name: part.link + part.sdl for name, part in self.parts.items()}

    def subgraphs(self, *down: str) -> Subgraphs:
        made = {name: part.subgraph() for name, part in self.parts.items()}
        return Subgraphs(made, frozenset(down))


def find_suite(name: str, folder: Path = SUITES) -> Suite:
    found = runpy.run_path(str(folder / f"{name}.py"))
    return Suite(name, found["PARTS"], found["CASES"])


def find_suites(folder: Path = SUITES) -> Iterator[Suite]:
    """Our own suites, or those of the public audit, whose names they bear."""
    for path in sorted(folder.glob("*.py")):
        yield find_suite(path.stem, folder)
