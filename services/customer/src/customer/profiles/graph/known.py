"""What is known of a customer in the graph: facts and timeline, masked and noted."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from customer.accesses.noting import saw
from customer.identifiers.models import masked_name
from customer.profiles.graph import facts
from customer.profiles.graph.loading import old_ids_of, whether_personal
from customer.timeline.graph import TimelineEntry
from customer.timeline.queries import Wanted, entries
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.personal import PERSONAL

STAFF: Final = ("analyst", "approver", "front_line", "marketer", "operator")


@strawberry.type(description="What is known of a customer, as far as the caller may see it.")
class KnownOfCustomer:
    row: strawberry.Private[Any]
    whole: strawberry.Private[bool]

    id: UUID = strawberry.field(description="The id everything else refers to.")

    @strawberry.field(
        description="Whole for the front line, the customer, and who handles requests about data "
        "and says why; masked for everybody else.",
        directives=[PERSONAL],
    )
    def name(self, info: Info) -> str | None:
        name: str | None = self.row.name
        if name is None or not self.whole:
            return name and masked_name(name)
        saw(info.context, self.id, "name")
        return name

    @strawberry.field(
        description="By what they are recognised, oldest first.", directives=[PERSONAL]
    )
    def identifiers(self, info: Info) -> list[facts.CustomerIdentifier]:
        if self.whole:
            saw(info.context, self.id, "identifiers")
        return [facts.CustomerIdentifier.of(e, whole=self.whole) for e in self.row.identifiers]

    @strawberry.field(
        description="Declared facts, by name; the personal ones masked as names are.",
        directives=[PERSONAL],
    )
    async def attributes(self, info: Info) -> list[facts.CustomerAttribute]:
        saw(info.context, self.id, "attributes")
        told = sorted(self.row.attributes.items())
        if self.whole:
            return [facts.CustomerAttribute.of(*each, masked=False) for each in told]
        hidden = await info.context.loader(whether_personal).load_many([name for name, _ in told])
        pairs = zip(told, hidden, strict=True)
        return [facts.CustomerAttribute.of(*each, masked=masked) for each, masked in pairs]

    @strawberry.field(description="Products they have or had.", directives=[PERSONAL])
    def holdings(self, info: Info) -> list[facts.CustomerHolding]:
        saw(info.context, self.id, "holdings")
        return [facts.CustomerHolding.of(each) for each in self.row.holdings]

    @strawberry.field(description="Marks on them.", directives=[PERSONAL])
    def tags(self, info: Info) -> list[facts.CustomerTag]:
        saw(info.context, self.id, "tags")
        return [
            facts.CustomerTag.of(each) for each in self.row.tags if facts.lasts(each["expires_at"])
        ]

    @strawberry.field(
        description="What they said yes and no to, the last decision of each kind.",
        directives=[PERSONAL],
    )
    def consents(self, info: Info) -> list[facts.CustomerConsent]:
        saw(info.context, self.id, "consents")
        return [facts.CustomerConsent.of(each) for each in self.row.consents]

    @strawberry.field(
        description="Special lists they are on; why, masked as names are.",
        directives=[PERSONAL],
        extensions=[Roles(*STAFF)],
    )
    def special_lists(self, info: Info) -> list[facts.CustomerSpecialList] | None:
        saw(info.context, self.id, "special_lists")
        whole = self.whole
        standing = [each for each in self.row.special_lists if facts.lasts(each.get("until"))]
        return [facts.CustomerSpecialList.of(each, whole=whole) for each in standing]

    @strawberry.field(
        description="Everything that happened with them, newest first; what is personal in it, "
        "such as what they said, masked as names are.",
        directives=[PERSONAL],
        extensions=[Roles(*STAFF, "customer")],
    )
    async def timeline(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        kinds: Annotated[
            list[str] | None, strawberry.argument(description="Only entries of these kinds.")
        ] = None,
        channel_code: Annotated[
            str | None, strawberry.argument(description="Only what happened on this channel.")
        ] = None,
        campaign_id: Annotated[
            UUID | None, strawberry.argument(description="Only what came of this campaign.")
        ] = None,
        since: Annotated[
            datetime | None, strawberry.argument(description="Only from this moment on.")
        ] = None,
        until: Annotated[
            datetime | None, strawberry.argument(description="Only before this moment.")
        ] = None,
    ) -> Connection[TimelineEntry] | None:
        wanted = Wanted(kinds, channel_code, campaign_id, since, until)
        saw(info.context, self.id, "timeline")
        ids = [self.id, *await info.context.loader(old_ids_of).load(self.id)]
        found = await entries(info.context.db, ids, wanted, first=first, after=after)
        return Connection.of(found, lambda row: TimelineEntry.of(row, whole=self.whole))
