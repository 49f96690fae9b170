"""Composes subgraphs with the project's own composition step, which needs Node."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.node import NODE, install

COMPOSITION = Path(__file__).parents[3] / "composition"


class DoesNotCompose(Exception):
    """The subgraphs contradict each other."""


def compose_many(federations: Sequence[Mapping[str, str]]) -> list[str | DoesNotCompose]:
    """Supergraph SDL for each {subgraph name: SDL}."""
    given = [
        {name: {"url": f"http://{name}.test/graphql", "sdl": sdl} for name, sdl in each.items()}
        for each in federations
    ]
    install(COMPOSITION)
    done = subprocess.run(
        [NODE, str(COMPOSITION / "compose.mjs"), "--many"],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        each["supergraphSdl"] if "supergraphSdl" in each else DoesNotCompose(each["errors"])
        for each in json.loads(done.stdout)
    ]
