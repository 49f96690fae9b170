"""Tags in the graph."""

from datetime import datetime
from typing import Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from customer.profiles.graph.mutations import WRITERS, CustomerWasChanged, changed
from customer.rules.graph import Reckoning, as_json, in_words, reckonings_of
from customer.rules.vocabulary import ABOUT
from customer.tags import commands, definitions, errors, models, queries
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound, Refusal, answers
from kit.predicates.graph import PredicateInput

READERS: Final = ("analyst", "approver", "front_line", "marketer", "operator")
strawberry.enum(
    models.TagKind,
    name="TagKind",
    description="STATIC: put on by hand or import. COMPUTED: by a rule.",
)


@strawberry.type(description="What is laid down about a tag.")
class TagDefinition:
    definition_id: strawberry.Private[UUID]
    tag: str = strawberry.field(description="The mark itself, and what rules call it.")
    name: str = strawberry.field(description="What it says, for people.")
    unit: str = strawberry.field(description="The OrgUnit whose customers a rule is asked of.")
    kind: models.TagKind = strawberry.field(description="Who puts it on.")
    rule: str | None = strawberry.field(description="The rule of a computed tag, in words.")
    rule_json: str | None = strawberry.field(description="The same as JSON, to be edited again.")
    half_life_days: int | None = strawberry.field(
        description="After so many days it weighs half: since it was put on or, if computed, since "
        "the rule fits no more."
    )
    fades_below: float | None = strawberry.field(description="Below this weight it falls off.")
    expires_after_days: int | None = strawberry.field(
        description="So long it stays when put on by hand without an end."
    )
    version: int = strawberry.field(description="One more with every change of the rule.")
    retired: bool = strawberry.field(description="Whether it was given up.")

    @classmethod
    def of(cls, definition: models.TagDefinition) -> Self:
        return cls(
            definition_id=definition.id,
            tag=definition.tag,
            name=definition.name,
            unit=definition.unit,
            kind=models.TagKind(definition.kind),
            rule=in_words(definition.rule),
            rule_json=as_json(definition.rule),
            half_life_days=definition.half_life_days,
            fades_below=definition.fades_below,
            expires_after_days=definition.expires_after_days,
            version=definition.version,
            retired=definition.retired,
        )

    @strawberry.field(description="How far its rule is; null for static tags.")
    async def reckoning(self, info: Info) -> Reckoning | None:
        return await info.context.loader(reckonings_of).load(self.definition_id)


@strawberry.input(description="A tag, and who wears it.")
class TagDefinitionInput:
    tag: str = strawberry.field(description="Up to 63 of a-z, 0-9, _ and -.")
    name: str = strawberry.field(description="What it says, for people: 1 to 200 characters.")
    unit: str = strawberry.field(description="The OrgUnit whose customers a rule is asked of.")
    rule: PredicateInput | None = strawberry.field(
        default=None,
        description=f"Whoever it fits wears the tag; none for a static tag. At most 8 levels and 200 "
        f"parts. {ABOUT}",
    )
    half_life_days: int | None = strawberry.field(
        default=None, description="1 to 3,660 days; none for a tag that does not fade."
    )
    fades_below: float | None = strawberry.field(
        default=None, description="0.001 to 1, with halfLifeDays only; 0.1 unless given."
    )
    expires_after_days: int | None = strawberry.field(
        default=None, description="1 to 3,660 days, for static tags that do not fade."
    )

    def told(self) -> definitions.NewDefinition:
        return definitions.NewDefinition(
            tag=self.tag,
            name=self.name,
            unit=self.unit,
            rule=self.rule.tree("rule") if self.rule else None,
            half_life_days=self.half_life_days,
            fades_below=self.fades_below,
            expires_after_days=self.expires_after_days,
        )


@strawberry.type(description="The tag is defined; a new rule is being asked of everybody.")
class TagWasDefined:
    definition: TagDefinition = strawberry.field(description="As it counts now.")


@strawberry.type(description="A rule decides who wears the tag.")
class TagIsComputed(Refusal):
    tag: str = strawberry.field(description="The tag.")


@strawberry.type(description="The rule of a tag would read the tag itself.")
class TagsInACircle(Refusal):
    tags: list[str] = strawberry.field(description="The tags that read each other, in order.")


DefineTagResult: TypeAlias = Annotated[
    TagWasDefined | TagsInACircle | Conflict | InvalidInput, strawberry.union("DefineTagResult")
]
RetireTagResult: TypeAlias = Annotated[
    TagWasDefined | NotFound, strawberry.union("RetireTagResult")
]
TagCustomerResult: TypeAlias = Annotated[
    CustomerWasChanged | TagIsComputed | NotFound | InvalidInput,
    strawberry.union("TagCustomerResult"),
]


@strawberry.type
class TagQuery:
    @strawberry.field(
        description="Every tag that has a definition, newest first.", extensions=[Roles(*READERS)]
    )
    async def tag_definitions(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[TagDefinition] | None:
        async with info.context.db.reading() as session:
            found = await queries.definitions(session, first=first, after=after)
        return Connection.of(found, TagDefinition.of)


@strawberry.type
class TagMutation:
    @strawberry.mutation(
        description="Put a tag on a customer, until `expiresAt` or as its definition says. "
        "Announced as customer.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def tag_customer(
        self, info: Info, customer_id: UUID, tag: str, expires_at: datetime | None = None
    ) -> TagCustomerResult:
        async with info.context.db.transaction() as session:
            customer = await commands.tag_customer(
                session, customer_id, tag, expires_at, info.context.caller
            )
        return changed(info, customer)

    @strawberry.mutation(
        description="Take a tag off a customer. Announced as customer.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def untag_customer(self, info: Info, customer_id: UUID, tag: str) -> TagCustomerResult:
        async with info.context.db.transaction() as session:
            customer = await commands.untag_customer(session, customer_id, tag, info.context.caller)
        return changed(info, customer)

    @strawberry.mutation(
        description="Define a tag in one of the caller's units, or define it anew. A new rule is "
        "asked of every customer in the background; `reckoning` says how far that is.",
        extensions=[Roles("marketer", "operator")],
    )
    async def define_tag(self, info: Info, input: TagDefinitionInput) -> DefineTagResult:
        async with info.context.db.transaction() as session:
            definition = await definitions.define_tag(session, input.told(), info.context.caller)
        return TagWasDefined(definition=TagDefinition.of(definition))

    @strawberry.mutation(
        description="Give a tag up: who wears it by its rule loses it, in the background.",
        extensions=[Roles("marketer", "operator")],
    )
    async def retire_tag(self, info: Info, tag: str) -> RetireTagResult:
        async with info.context.db.transaction() as session:
            definition = await definitions.retire_tag(session, tag, info.context.caller)
        return TagWasDefined(definition=TagDefinition.of(definition))


answered = [
    answers(errors.TagIsComputed, TagIsComputed),
    answers(errors.TagsInACircle, TagsInACircle),
]
