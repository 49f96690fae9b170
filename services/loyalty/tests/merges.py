"""Two records that are told to be one, and what their customer has then."""

from typing import Any
from uuid import UUID, uuid4

from loyalty.points.commands.posting import post_one
from loyalty.points.models import NewPosting

MERGED = "octoreach.customer.customer.merged.v1"
UNMERGED = "octoreach.customer.customer.unmerged.v1"
LOTS = "balance debt pending locked tier { code } lots(first: 50) { remaining expiresAt }"


async def merged(members: Any, survivor: UUID, absorbed: UUID) -> UUID:
    merge_id = uuid4()
    told = {"merge_id": merge_id, "customer_id": survivor, "absorbed_id": absorbed}
    await members.harness.hear(MERGED, told)
    await members.harness.hear(MERGED, told)
    return merge_id


async def taken_back(members: Any, merge_id: UUID, survivor: UUID, restored: UUID) -> None:
    told = {"merge_id": merge_id, "customer_id": survivor, "restored_id": restored}
    await members.harness.hear(UNMERGED, told)
    await members.harness.hear(UNMERGED, told)


async def has(members: Any, customer: UUID) -> dict[str, Any]:
    found = dict(await members.points(customer, LOTS))
    lots = found.pop("lots")
    found["lots"] = sorted(
        (each["expiresAt"] or "", each["remaining"]) for each in lots if int(each["remaining"])
    )
    return found


async def pending_earning(members: Any, customer: UUID, points: int) -> UUID:
    earning = NewPosting(
        account_id=UUID(await members.account(customer)),
        key=f"test:{uuid4()}",
        kind="earn",
        points=points,
        reason="test",
        source_kind="request",
        source_id="1",
        pending=True,
    )
    async with members.harness.db.transaction() as session:
        return (await post_one(session, earning)).posting_id
