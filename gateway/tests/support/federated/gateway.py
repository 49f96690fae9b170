"""The gateway's core as one function: document in, answer out."""

from collections.abc import Mapping
from typing import Any

from graphql import parse, validate

from gateway.execution import Fetch, execute
from gateway.execution.generating import generate
from gateway.execution.program import Program
from gateway.planning import NoPlan, Plan, conditions_of, plan_operation
from gateway.supergraph import Supergraph


async def ask(
    supergraph: Supergraph,
    fetch: Fetch,
    query: str,
    variables: Mapping[str, Any] | None = None,
    *,
    operation_name: str | None = None,
    batch_size: int = 500,
    often: bool = False,
) -> dict[str, Any]:
    """The response as a client would get it, the first time, or after it was asked for often."""
    document = parse(query)
    faults = validate(supergraph.api_schema, document)
    if faults:
        return {"errors": [fault.formatted for fault in faults]}
    given = dict(variables or {})
    names = conditions_of(document, operation_name)
    conditions = {name: bool(given[name]) for name in names if name in given}
    try:
        plan = plan_operation(supergraph, document, operation_name, conditions)
    except NoPlan as error:
        return {"data": None, "errors": [{"message": str(error)}]}
    result = await execute(plan, given, fetch, batch_size=batch_size)
    if often:
        generate_all(plan)
        result = await execute(plan, given, fetch, batch_size=batch_size)
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = result.errors
    return answer


def generate_all(plan: Plan) -> None:
    """What many runs of the plan would lead to."""
    program = Program.of(plan)
    while program.projector.to_generate:
        generate(program.projector.to_generate.pop())
