"""Channels in the graph."""

from collections.abc import Sequence
from typing import Annotated, Self, TypeAlias

import strawberry

from channel.channels import commands, errors, models, queries
from channel.organisation.graph import EVERYBODY
from channel.partners.queries import claimed_partner
from channel.texts import CODE, checked_code
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.refusals import InvalidInput, NotFound, Refusal, answers

strawberry.enum(models.ChannelKind, description="How a channel meets customers.")


async def channels_by_code(context: Context, codes: Sequence[str]) -> list[models.Channel | None]:
    """Those in the caller's unit; a partner sees its own alone."""
    own = claimed_partner(context.caller)
    async with context.db.reading() as session:
        found = await queries.channels_by_code(
            session,
            filter(CODE.fullmatch, codes),
            seen_from=context.caller.unit or "",
            partner_code=own,
        )
    return [found.get(code) for code in codes]


@strawberry.federation.type(
    keys=["code"], description="A way to meet customers: our own, or a partner's."
)
class Channel:
    code: str = strawberry.field(description="Its name for programs.")
    kind: models.ChannelKind = strawberry.field(description="How it meets customers.")
    name: str = strawberry.field(description="What people call it.")
    unit: str = strawberry.field(description="The unit it belongs to, as a path.")
    partner_code: str | None = strawberry.field(description="The partner who runs it, if one does.")

    @classmethod
    def of(cls, channel: models.Channel) -> Self:
        return cls(
            code=channel.code,
            kind=models.ChannelKind(channel.kind),
            name=channel.name,
            unit=channel.unit,
            partner_code=channel.partner_code,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, code: str) -> "Channel | None":
        info.context.caller.require_role(*EVERYBODY)
        return await channel_seen(info, code)


async def channel_seen(info: Info, code: str) -> Channel | None:
    """The channel if the caller may see it; one query for all that a request asks for."""
    channel = await info.context.loader(channels_by_code).load(code)
    return Channel.of(channel) if channel else None


@strawberry.type(description="The channel is open.")
class ChannelWasOpened:
    channel: Channel = strawberry.field(description="The channel.")


@strawberry.type(description="Another channel has this code.")
class ChannelCodeTaken(Refusal):
    code_taken: str = strawberry.field(description="The code.")


OpenChannelResult: TypeAlias = Annotated[
    ChannelWasOpened | ChannelCodeTaken | InvalidInput | NotFound,
    strawberry.union("OpenChannelResult"),
]


@strawberry.input(description="A channel to open.")
class ChannelInput:
    code: str = strawberry.field(description="1 to 40 of a-z, 0-9, - and _; unique.")
    kind: models.ChannelKind = strawberry.field(description="How it meets customers.")
    name: str = strawberry.field(description="1 to 200 characters.")
    unit: str = strawberry.field(description="The registered unit it belongs to.")
    partner_code: str | None = strawberry.field(
        default=None, description="The partner who runs it: it alone reports and works there."
    )


@strawberry.type
class ChannelsQuery:
    @strawberry.field(
        extensions=[Roles(*EVERYBODY)], description="One channel by its code, in the caller's unit."
    )
    async def channel(self, info: Info, code: str) -> Channel | None:
        return await channel_seen(info, code)

    @strawberry.field(
        extensions=[Roles(*EVERYBODY)],
        description="The channels in the caller's unit and below, by code; a partner sees its own "
        "alone.",
    )
    async def channels(
        self,
        info: Info,
        partner_code: Annotated[
            str | None, strawberry.argument(description="Only those this partner runs.")
        ] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Channel] | None:
        wanted = None if partner_code is None else checked_code(partner_code, "partnerCode")
        async with info.context.db.reading() as session:
            found = await queries.channels(
                session,
                seen_from=info.context.caller.unit or "",
                partner_code=claimed_partner(info.context.caller) or wanted,
                first=first,
                after=after,
            )
        return Connection.of(found, Channel.of)


@strawberry.type
class ChannelsMutation:
    @strawberry.mutation(
        extensions=[Roles("operator")],
        description="Open a channel in a registered unit; the same again changes nothing. "
        "Announces channel.channel.opened.",
    )
    async def open_channel(self, info: Info, channel: ChannelInput) -> OpenChannelResult:
        info.context.caller.require_unit(channel.unit)
        async with info.context.db.transaction() as session:
            opened = await commands.open_channel(
                session,
                code=channel.code,
                kind=channel.kind,
                name=channel.name,
                unit=channel.unit,
                partner_code=channel.partner_code,
            )
        return ChannelWasOpened(channel=Channel.of(opened))


answered = [answers(errors.ChannelCodeTaken, ChannelCodeTaken)]
