"""What is found out once for a document answers as if it were found out for each request."""

from typing import Annotated, Any, TypeAlias, cast

import strawberry
from graphql import GraphQLError, OperationDefinitionNode, get_variable_values, parse
from graphql.execution import Executor
from graphql.execution.values import VariableValues
from hypothesis import given, settings
from hypothesis import strategies as some

from kit.errors import Conflict as ConflictError
from kit.graph.context import Context
from kit.graph.endpoint import Endpoint
from kit.graph.execution import Execution
from kit.graph.making import Making
from kit.graph.operations import Operations
from kit.graph.refusals import Conflict
from kit.graph.schema import make_schema
from kit.graph.variables import Variables

DECLARED = """query ($one: Wanted!, $many: [Wanted!], $tree: Tree, $depth: Int = 3, $word: String) {
  asked(one: $one, many: $many, tree: $tree, depth: $depth, word: $word) }"""


@strawberry.input
class Wanted:
    code: str
    many: int = 1
    marks: list[int] | None = None
    note: str | None = strawberry.UNSET


@strawberry.input
class Tree:
    leaf: int | None = None
    within: "list[Tree] | None" = None


@strawberry.type
class Box:
    width: int


@strawberry.type
class SmallBox(Box):
    pass


@strawberry.type
class Crate(Box):
    heavy: bool


Sized: TypeAlias = Annotated[Box | SmallBox | Crate | Conflict, strawberry.union("Sized")]


@strawberry.type
class Query:
    @strawberry.field
    async def asked(
        self,
        one: Wanted,
        many: list[Wanted] | None = None,
        tree: Tree | None = None,
        depth: int = 2,
        word: str | None = "nothing",
    ) -> str:
        return repr((one, many, tree, depth, word))

    @strawberry.field
    async def shut(self) -> Sized:
        raise ConflictError("It is shut.")

    @strawberry.field
    async def either(self, heavy: bool | None) -> Sized:
        return Crate(width=4, heavy=True) if heavy else Box(width=3)

    @strawberry.field
    async def small(self) -> Sized:
        return SmallBox(width=2)


schema = make_schema(query=Query)
nothing_stored: Any = None
endpoint = Endpoint(schema, nothing_stored)
(document,) = parse(DECLARED).definitions
ASKED = cast(OperationDefinitionNode, document).variable_definitions or ()
words = some.text("ab", max_size=2)
scalars = some.none() | some.booleans() | some.integers(-3, 2**33) | words | some.floats(0, 2)
trees = some.recursive(
    some.fixed_dictionaries({}, optional={"leaf": scalars}),
    lambda inner: some.fixed_dictionaries({}, optional={"within": some.lists(inner) | inner}),
    max_leaves=4,
)
wanted = some.fixed_dictionaries(
    {},
    optional={
        "code": words | scalars,
        "many": some.integers() | scalars,
        "marks": some.lists(some.integers() | scalars, max_size=2) | scalars,
        "note": words | scalars,
        "odd": scalars,
    },
)
sent = some.fixed_dictionaries(
    {},
    optional={
        "one": some.fixed_dictionaries({"code": words}) | wanted | scalars,
        "many": some.lists(wanted, max_size=2) | wanted | scalars,
        "tree": trees | scalars,
        "depth": scalars,
        "word": scalars,
        "odd": scalars,
    },
)


@settings(max_examples=60, deadline=None)
@given(sent)
def test_variables_are_made_as_graphql_core_makes_them(values: dict[str, Any]) -> None:
    made = Variables(Making(schema.core), ASKED).of(values)

    assert told(made) == told(get_variable_values(schema.core, ASKED, values))


def told(made: VariableValues | list[GraphQLError]) -> object:
    if isinstance(made, list):
        return [each.message for each in made]
    return made.coerced, {name: source.value for name, source in made.sources.items()}


async def answer(
    query: str, variables: dict[str, Any] | None = None, name: str | None = None
) -> tuple[Any, list[str]]:
    context = Context(nothing_stored, None, signed=False)
    result = await endpoint.run(context, query, variables, name)
    return result.data, [each.message for each in result.errors or ()]


async def test_a_document_answers_each_request_by_its_own_variables() -> None:
    query = "query ($heavy: Boolean) { either(heavy: $heavy) { __typename ... on Box { width } } }"

    answers = [await answer(query, {"heavy": heavy}) for heavy in (None, True, None)]

    box, crate = {"__typename": "Box", "width": 3}, {"__typename": "Crate"}
    assert answers == [({"either": each}, []) for each in (box, crate, box)]


async def test_what_a_directive_leaves_out_is_left_out_of_that_request_alone() -> None:
    query = """query ($all: Boolean!) {
      either(heavy: true) { ... on Crate { width @include(if: $all) heavy } } }"""

    answers = [(await answer(query, {"all": each}))[0]["either"] for each in (True, False, True)]

    whole = {"width": 4, "heavy": True}
    assert answers == [whole, {"heavy": True}, whole]


async def test_of_several_operations_the_named_one_answers() -> None:
    query = """query A { either(heavy: null) { ...all } } query B { shut { ...all } }
      fragment all on Sized { ... on Box { width } ... on Conflict { message } }"""

    assert await answer(query, name="A") == ({"either": {"width": 3}}, [])
    assert await answer(query, name="B") == ({"shut": {"message": "It is shut."}}, [])
    several = "Must provide operation name if query contains multiple operations."
    assert await answer(query) == (None, [several])
    assert await answer(query, name="C") == (None, ["Unknown operation named 'C'."])


async def test_an_object_of_a_derived_class_is_shown_as_what_it_is() -> None:
    data, errors = await answer("{ small { __typename ... on Box { width } } }")

    assert data == {"small": {"__typename": "SmallBox"}}
    assert errors == []


def test_an_execution_holds_all_that_one_of_graphql_core_holds() -> None:
    document = "{ either(heavy: null) { __typename } }"
    asked = Operations(Making(schema.core), parse(document), has_directives=False).named(None)

    ours = Execution(schema.core, asked, VariableValues({}, {}), None)

    theirs = Executor.build(schema.core, parse(document))
    assert [name for name in vars(theirs) if not hasattr(ours, name)] == []
    for name in ("hide_suggestions", "error_propagation", "abort_signal", "middleware_manager"):
        assert getattr(ours, name) == getattr(theirs, name)
