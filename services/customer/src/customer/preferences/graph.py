"""Links to the preference page in the graph."""

from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from customer.consents.commands import checked_channel_kind
from customer.preferences import links
from customer.profiles.queries import customer_by_id, may_see
from kit import errors
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import InvalidInput, NotFound


@strawberry.type(
    description="A link by which the customer, and whoever they pass it to, reaches their "
    "preference page."
)
class PreferenceLink:
    url: str = strawberry.field(description="The page.")
    expires_at: datetime = strawberry.field(description="Until when it works.")
    list_unsubscribe: str = strawberry.field(
        description="The header List-Unsubscribe of a message that carries the link."
    )
    list_unsubscribe_post: str = strawberry.field(
        description="The header List-Unsubscribe-Post beside it, for one-click unsubscribing as "
        "RFC 8058 has it."
    )

    @classmethod
    def of(cls, link: links.Link) -> Self:
        return cls(
            url=link.url,
            expires_at=link.expires_at,
            list_unsubscribe=f"<{link.url}>",
            list_unsubscribe_post="List-Unsubscribe=One-Click",
        )


@strawberry.type(description="The link works from now on.")
class PreferenceLinkWasMade:
    link: PreferenceLink = strawberry.field(description="To be sent to the customer alone.")


PreferenceLinkResult: TypeAlias = Annotated[
    PreferenceLinkWasMade | NotFound | InvalidInput, strawberry.union("PreferenceLinkResult")
]


@strawberry.type
class PreferenceMutation:
    @strawberry.mutation(
        description="Make a link to a customer's preference page. It works for "
        "PREFERENCE_LINK_DAYS and can't be called back.",
        extensions=[Roles("customer", "front_line", "marketer", "operator")],
    )
    async def preference_link(
        self,
        info: Info,
        customer_id: UUID,
        channel_kind: Annotated[
            str | None,
            strawberry.argument(
                description="The kind of channel of the message it goes into, such as email: one "
                "click in the mail program then says no to that kind; null: to all."
            ),
        ] = None,
    ) -> PreferenceLinkResult:
        if channel_kind is not None:
            checked_channel_kind(channel_kind, "channelKind")
        async with info.context.db.reading() as session:
            customer = await customer_by_id(session, customer_id)
        if customer is None or not may_see(info.context.caller, customer):
            raise errors.NotFound("customer", customer_id)
        made = links.make_link(customer.id, channel_kind)
        return PreferenceLinkWasMade(link=PreferenceLink.of(made))
