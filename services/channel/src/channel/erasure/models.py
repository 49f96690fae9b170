"""What the channel service holds about a customer, table by table, and how it goes."""

from typing import Final

from sqlalchemy import case

from channel.channels.models import Channel
from channel.commissions.models import CommissionLine, CommissionPlan, CommissionStanding
from channel.consents.models import channel_refusal
from channel.entity import table_of
from channel.fulfilments.models import RECALLED, FulfilmentWork
from channel.funding.models import FundedMonth
from channel.identifiers.models import customer_identifier, known_customer, named_customer
from channel.imports.models import ImportRejection, PurchaseImport, import_customer, tried_buyer
from channel.orders.models import Order
from channel.organisation.models import OrgUnit
from channel.partners.models import Partner, PartnerStep
from channel.payouts.models import Payout, PayoutBatch
from channel.touchpoints.models import TouchpointEvent
from channel.work.models import Work
from kit.personal.held import Blanked, Deleted, Held, Impersonal, Kept, Through, silenced
from kit.tables import moved_row

_handed_out = table_of(FulfilmentWork).c
_unless_recalled = case(
    (_handed_out.reason.in_(("", RECALLED)), _handed_out.reason), else_="erased"
)

HELD: Final = (
    Held(known_customer, "Where you belong", Deleted()),
    Held(customer_identifier, "By what you are recognised", Deleted()),
    Held(named_customer, "By what you were first recognised", Deleted()),
    Held(channel_refusal, "Channels you said no to", Deleted()),
    Held(table_of(TouchpointEvent), "Where and when you met us", Deleted()),
    Held(table_of(Work), "What we had to do for you", Deleted(), hidden=("claimed_by",)),
    Held(
        table_of(FulfilmentWork),
        "What was handed out to you",
        Blanked({"reason": _unless_recalled, "history": silenced(_handed_out.history, "reason")}),
        hidden=("claimed_by",),
    ),
    Held(
        table_of(Payout),
        "What was paid to you, and in which batch",
        Kept("what was paid has to be accounted for"),
        through=Through("fulfilment_id", table_of(FulfilmentWork)),
    ),
    Held(table_of(Order), "What you ordered", Kept("the books need every sale and its commission")),
    Held(moved_row, "What was yours before a merge", Deleted(), person="owner_id"),
    Held(import_customer, "Files you were in", Kept("counts the customers of a file")),
)
IMPERSONAL: Final = (
    Impersonal(
        "who sells, where, and on which terms: no customers",
        (
            table_of(OrgUnit),
            table_of(Partner),
            table_of(PartnerStep),
            table_of(Channel),
            table_of(CommissionPlan),
        ),
    ),
    Impersonal(
        "what partners earn; whose order it was is said by the order alone",
        (table_of(CommissionLine), table_of(CommissionStanding)),
    ),
    Impersonal("how many payouts went to the bank together", (table_of(PayoutBatch),)),
    Impersonal("what partners pay for points, by month", (table_of(FundedMonth),)),
    Impersonal("counts of a whole file", (table_of(PurchaseImport),)),
    Impersonal(
        "ids and digests, gone when the dry run is over, a day later at most", (tried_buyer,)
    ),
    Impersonal(
        "the number of a refused line and what is wrong with it, not what it says",
        (table_of(ImportRejection),),
    ),
)
