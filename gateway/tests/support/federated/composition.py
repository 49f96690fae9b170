"""Composes subgraphs with the project's own composition step, or with Apollo's; both need Node."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.node import NODE, install

OWN = Path(__file__).parents[3] / "composition"
APOLLO = Path(__file__).parents[2] / "differential"


class DoesNotCompose(Exception):
    """The subgraphs contradict each other."""


def compose_many(
    federations: Sequence[Mapping[str, str]], composition: Path = OWN
) -> list[str | DoesNotCompose]:
    """Supergraph SDL for each {subgraph name: SDL}."""
    given = [
        {name: {"url": f"http://{name}.test/graphql", "sdl": sdl} for name, sdl in each.items()}
        for each in federations
    ]
    install(composition)
    done = subprocess.run(
        [NODE, str(composition / "compose.mjs"), "--many"],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        each["supergraphSdl"] if "supergraphSdl" in each else DoesNotCompose(each["errors"])
        for each in json.loads(done.stdout)
    ]
