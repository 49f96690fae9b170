"""Open requests go along with the customer to another unit: its officers handle them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlmodel import col, select

from customer.subject_requests.models import OPEN, SubjectRequest
from kit.database import AsyncSession


async def hold_open_requests(session: AsyncSession, customer_ids: Collection[UUID]) -> None:
    """Lock them; comes before the customer is locked, as when a request is approved."""
    statement = select(SubjectRequest.id).where(*_open(customer_ids))
    await session.exec(statement.order_by(col(SubjectRequest.id)).with_for_update())


async def move_open_requests(
    session: AsyncSession, customer_ids: Collection[UUID], unit: str
) -> None:
    await session.execute(update(SubjectRequest).where(*_open(customer_ids)).values(unit=unit))


def _open(customer_ids: Collection[UUID]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        col(SubjectRequest.customer_id).in_(customer_ids),
        col(SubjectRequest.state).in_(OPEN),
    )
