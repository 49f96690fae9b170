"""The gateway's command line."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from graphql import GraphQLError, parse, validate
from pydantic import ValidationError
from rich.console import Console

from gateway.documents.trusted import manifest_of
from gateway.planning import (
    NoPlan,
    PlanTooComplex,
    UnknownOperation,
    conditions_of,
    plan_operation,
)
from gateway.serving.processes import serve_all
from gateway.settings import Settings
from gateway.supergraph import Supergraph, SupergraphInvalid

app = typer.Typer(no_args_is_help=True, add_completion=False, help="A federation gateway.")
complaints = Console(stderr=True)

SupergraphFile = Annotated[
    Path | None, typer.Option("--supergraph", help="The supergraph SDL. Or SUPERGRAPH.")
]


@app.command()
def serve(
    supergraph: SupergraphFile = None,
    port: Annotated[int | None, typer.Option(help="Or PORT; 4000 if neither.")] = None,
    host: Annotated[str | None, typer.Option(help="Or HOST; 127.0.0.1 if neither.")] = None,
    auth: Annotated[
        bool | None,
        typer.Option("--auth/--no-auth", help="Without: for development, no token is verified."),
    ] = None,
    subgraph: Annotated[
        list[str] | None, typer.Option(help="NAME=URL, in place of the URL in the file.")
    ] = None,
    processes: Annotated[int | None, typer.Option(help="Processes that share the port.")] = None,
) -> None:
    """Serve the graph. Everything else is set by environment variables: see docs/gateway.md."""
    given: dict[str, Any] = {
        "supergraph": supergraph,
        "port": port,
        "host": host,
        "auth": auth,
        "subgraph_urls": ",".join(subgraph) if subgraph else None,
        "processes": processes,
    }
    if auth is False and "ENVIRONMENT" not in os.environ:
        given["environment"] = "local"
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as invalid:
        for failure in invalid.errors():
            where = ".".join(map(str, failure["loc"]))
            complaints.print(f"{where}: {failure['msg']}" if where else failure["msg"])
        raise typer.Exit(2) from None
    raise typer.Exit(serve_all(settings))


@app.command()
def plan(
    query: Annotated[Path, typer.Argument(help="A file with a GraphQL document; - is the input.")],
    supergraph: Annotated[Path, typer.Option(help="The supergraph SDL.")],
    operation: Annotated[str | None, typer.Option(help="Which operation, if several.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print how an operation would be carried out."""
    text = sys.stdin.read() if str(query) == "-" else query.read_text(encoding="utf-8")
    try:
        graph = Supergraph.from_sdl(supergraph.read_text(encoding="utf-8"))
        document = parse(text)
        if failures := validate(graph.api_schema, document):
            raise failures[0]
        conditions = dict.fromkeys(conditions_of(document, operation), True)
        planned = plan_operation(graph, document, operation, conditions)
    except (GraphQLError, SupergraphInvalid, UnknownOperation, NoPlan, PlanTooComplex) as reason:
        complaints.print(str(reason), markup=False)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(planned.as_json(), indent=2) if as_json else planned.describe())


@app.command()
def trust(
    files: Annotated[list[Path], typer.Argument(help="GraphQL files; folders are searched.")],
    manifest: Annotated[Path, typer.Option(help="Where to write.")] = Path("trusted.json"),
) -> None:
    """Write the manifest of the documents that front ends were built with."""
    documents = []
    for file in files:
        for found in sorted(file.rglob("*.graphql")) if file.is_dir() else [file]:
            text = found.read_text(encoding="utf-8")
            try:
                parse(text)
            except GraphQLError as reason:
                complaints.print(f"{found}: {reason.message}", markup=False)
                raise typer.Exit(1) from None
            documents.append(text)
    manifest.write_bytes(manifest_of(documents))
    typer.echo(f"{len(documents)} documents are trusted by {manifest}")


def main() -> None:
    app()


if __name__ == "__main__":
    main()
