"""What the platform learns of vouchers. Their codes stay here: whoever knows one may use it."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class VoucherIssued(Event):
    """A customer has a voucher of their own; `source_kind` and `source_id` say what for."""

    subject: ClassVar[str] = "octoreach.loyalty.voucher.issued.v1"
    about: ClassVar[str] = "customer_id"

    voucher_id: UUID
    customer_id: UUID
    voucher_type_code: str
    voucher_type_name: str
    expires_at: datetime | None
    source_kind: str
    source_id: UUID


class VoucherRedeemed(Event):
    """A voucher took something off an order; `voucher_id` is null for a public code.

    `partner_code` is the partner at whose till; null for ours.
    """

    subject: ClassVar[str] = "octoreach.loyalty.voucher.redeemed.v1"
    about: ClassVar[str] = "customer_id"

    redemption_id: UUID
    voucher_id: UUID | None
    customer_id: UUID
    unit: str
    voucher_type_code: str
    voucher_type_name: str
    order_id: UUID
    discount_minor: int
    currency: str
    partner_code: str | None


class VoucherReleased(Event):
    """A voucher that was reserved or redeemed is free again.

    `reason`: released by whoever held it, timed_out, or order_cancelled.
    """

    subject: ClassVar[str] = "octoreach.loyalty.voucher.released.v1"
    about: ClassVar[str] = "customer_id"

    redemption_id: UUID
    voucher_id: UUID | None
    customer_id: UUID
    voucher_type_code: str
    voucher_type_name: str
    order_id: UUID | None
    discount_minor: int
    currency: str
    reason: str


class VoucherExpired(Event):
    """A customer's voucher was not used in time."""

    subject: ClassVar[str] = "octoreach.loyalty.voucher.expired.v1"
    about: ClassVar[str] = "customer_id"

    voucher_id: UUID
    customer_id: UUID
    voucher_type_code: str
    voucher_type_name: str
