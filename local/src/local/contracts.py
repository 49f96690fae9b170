"""Contracts and composition: what each service says of itself, and the one graph they make."""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.folder import CHECKOUT
from local.node import NODE, install
from local.problems import Problem

SERVICES = ("customer", "campaign", "channel", "loyalty")
FIRST_PORT = 4001
COMPOSITION = CHECKOUT / "gateway" / "composition"
SUPERGRAPH = CHECKOUT / "gateway" / "supergraph.graphql"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(stderr=True, highlight=False)


@app.command()
def main(
    check: Annotated[bool, typer.Option("--check", help="Only say what is stale.")] = False,
    only_compose: Annotated[
        bool, typer.Option("--only-compose", help="Take the contracts as they are.")
    ] = False,
) -> None:
    """Write every contract, then compose them into gateway/supergraph.graphql."""
    try:
        stale = refresh(() if only_compose else SERVICES, check=check)
    except Problem as problem:
        console.print(f"[red]{problem}[/]", soft_wrap=True)
        raise typer.Exit(1) from problem
    if stale:
        console.print("\n".join(stale), soft_wrap=True)
        console.print("Run ./just contract, and review what changed.")
        raise typer.Exit(1)


def refresh(services: Sequence[str] = SERVICES, *, check: bool) -> list[str]:
    """Bring the files up to date, or with `check` say which are not."""
    with ThreadPoolExecutor(2) as pool:
        found = [each for each in pool.map(lambda name: _contract(name, check), services) if each]
    supergraph = compose()
    if check:
        committed = SUPERGRAPH.read_text() if SUPERGRAPH.is_file() else ""
        return [*found, "gateway/supergraph.graphql is stale"] if committed != supergraph else found
    SUPERGRAPH.write_text(supergraph)
    return []


def compose() -> str:
    """The supergraph of the committed subgraphs; Problem with every reason if there is none."""
    subgraphs = {
        name: {
            "url": f"http://127.0.0.1:{FIRST_PORT + number}/graphql",
            "path": str(contract_of(name) / "schema.graphql"),
        }
        for number, name in enumerate(SERVICES)
    }
    install(COMPOSITION)
    done = subprocess.run(  # noqa: S603
        [NODE, str(COMPOSITION / "compose.mjs")],
        input=json.dumps(subgraphs),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Problem(f"The subgraphs don't compose:\n{done.stderr}")
    return done.stdout.rstrip() + "\n"


def contract_of(name: str) -> Path:
    return CHECKOUT / "services" / name / "contract"


def _contract(name: str, check: bool) -> str | None:
    command = [sys.executable, "-m", name, "contract", str(contract_of(name))]
    done = subprocess.run(  # noqa: S603
        [*command, *(["--check"] if check else [])],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and not check:
        raise Problem(f"{name} could not write its contract:\n{done.stderr[-2000:]}")
    return (done.stdout + done.stderr).strip() if done.returncode else None


if __name__ == "__main__":
    app()
