"""Who belongs to a group: each stay is a row, and is kept when it is over."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from customer.entity import Entity
from kit.models import moment


class GroupRole(StrEnum):
    KEY_PERSON = "key_person"
    CONTACT = "contact"
    MEMBER = "member"


class GroupMembership(Entity, table=True):
    """An individual in a group. `standing` is true while it lasts, and null ever after.

    The ids refer to customers by no key: what a merge sets aside may come back later than the
    customer it names was merged.
    """

    __tablename__ = "group_membership"
    __table_args__ = (
        UniqueConstraint(
            "group_id", "member_id", "standing", name="one_standing_membership_of_each_in_a_group"
        ),
        CheckConstraint("role IN ('key_person', 'contact', 'member')", name="group_role_known"),
        CheckConstraint("group_id <> member_id", name="nobody_is_a_member_of_themselves"),
        CheckConstraint("until >= since", name="membership_ends_after_it_began"),
        CheckConstraint(
            "CASE WHEN until IS NULL THEN standing IS TRUE ELSE standing IS NULL END",
            name="membership_stands_until_it_ends",
        ),
        Index("group_membership_by_group", "group_id", "id"),
        Index("group_membership_by_member", "member_id", "id"),
    )

    group_id: UUID
    member_id: UUID
    role: GroupRole = Field(sa_type=Text)
    since: datetime = moment()
    until: datetime | None = moment(default=None, nullable=True)
    standing: bool | None = True

    def end(self, at: datetime) -> None:
        """It is over; not before it began."""
        self.until, self.standing = max(at, self.since), None
