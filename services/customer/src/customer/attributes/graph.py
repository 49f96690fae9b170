"""Attributes in the graph."""

from typing import Annotated, Self, TypeAlias

import strawberry

from customer.attributes import commands, errors, models, queries
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import InvalidInput, NotFound, Refusal, answers

strawberry.enum(
    models.AttributeType, name="CustomerAttributeType", description="What its values are."
)


@strawberry.type(description="An attribute that customers may have.")
class CustomerAttributeDefinition:
    name: str = strawberry.field(description="What rules and imports call it.")
    type: models.AttributeType = strawberry.field(description="Never changes.")
    description: str = strawberry.field(description="What it says about a customer.")
    personal: bool = strawberry.field(
        description="Whether its values are masked for those who see no names either."
    )
    classified_by: str = strawberry.field(description="Who said so last.")

    @classmethod
    def of(cls, definition: models.AttributeDefinition) -> Self:
        return cls(
            name=definition.name,
            type=models.AttributeType(definition.type),
            description=definition.description,
            personal=definition.personal,
            classified_by=definition.classified_by,
        )


@strawberry.type(description="The attribute is declared.")
class AttributeWasDeclared:
    name: str = strawberry.field(description="What rules and imports call it.")
    definition: CustomerAttributeDefinition = strawberry.field(description="As it is now.")


@strawberry.type(description="It is known whether the attribute is personal.")
class AttributeWasClassified:
    definition: CustomerAttributeDefinition = strawberry.field(description="As it is now.")


@strawberry.type(description="The name is taken by an attribute of another type.")
class AttributeDeclaredOtherwise(Refusal):
    name: str = strawberry.field(description="The name.")
    declared: str = strawberry.field(description="The type it has.")


DeclareAttributeResult: TypeAlias = Annotated[
    AttributeWasDeclared | AttributeDeclaredOtherwise | InvalidInput,
    strawberry.union("DeclareAttributeResult"),
]

ClassifyAttributeResult: TypeAlias = Annotated[
    AttributeWasClassified | NotFound, strawberry.union("ClassifyAttributeResult")
]


@strawberry.type
class AttributeQuery:
    @strawberry.field(
        description="Every declared attribute, by name.",
        extensions=[Roles("analyst", "approver", "front_line", "marketer", "operator")],
    )
    async def customer_attribute_definitions(
        self, info: Info
    ) -> list[CustomerAttributeDefinition] | None:
        async with info.context.db.reading() as session:
            found = await queries.definitions(session)
        return [CustomerAttributeDefinition.of(each) for each in found]


@strawberry.type
class AttributeMutation:
    @strawberry.mutation(
        description="Declare an attribute, from now on for every customer. Of one that is declared "
        "the description becomes what is said, and whether it is personal as by classifyAttribute; "
        "what is left out stays, and the type never changes.",
        extensions=[Roles("marketer", "operator")],
    )
    async def declare_attribute(
        self,
        info: Info,
        name: str,
        type: models.AttributeType,
        description: str = "",
        personal: Annotated[
            bool | None,
            strawberry.argument(
                description="Whether its values are personal; null: texts and dates are."
            ),
        ] = None,
    ) -> DeclareAttributeResult:
        async with info.context.db.transaction() as session:
            definition = await commands.declare_attribute(
                session, name, type, info.context.caller, description, personal
            )
        known = CustomerAttributeDefinition.of(definition)
        return AttributeWasDeclared(name=name, definition=known)

    @strawberry.mutation(
        description="Say whether an attribute is personal. To say that it is not takes the role "
        "operator with the scope privacy:handle and the unit of the whole organisation: from then on "
        "everybody sees its values.",
        extensions=[Roles("marketer", "operator")],
    )
    async def classify_attribute(
        self, info: Info, name: str, personal: bool
    ) -> ClassifyAttributeResult:
        async with info.context.db.transaction() as session:
            definition = await commands.classify_attribute(
                session, name, personal=personal, caller=info.context.caller
            )
        return AttributeWasClassified(definition=CustomerAttributeDefinition.of(definition))


answered = [answers(errors.AttributeDeclaredOtherwise, AttributeDeclaredOtherwise)]
