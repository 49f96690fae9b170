"""What loyalty reports of vouchers."""

from datetime import datetime
from typing import Final
from uuid import UUID

from customer.timeline.reactions.happening import Happening
from kit.currencies import amount


class VoucherIssued(Happening):
    subject = "octoreach.loyalty.voucher.issued.v1"
    entry_kind = "voucher_issued"
    shown = ("voucher_type_code", "expires_at")

    voucher_type_code: str
    voucher_type_name: str
    expires_at: datetime | None = None

    def title(self) -> str:
        return f"Got the voucher {self.voucher_type_name}"


class VoucherRedeemed(Happening):
    subject = "octoreach.loyalty.voucher.redeemed.v1"
    entry_kind = "voucher_redeemed"
    shown = ("voucher_type_code", "order_id")

    voucher_type_code: str
    voucher_type_name: str
    order_id: UUID
    discount_minor: int
    currency: str

    def title(self) -> str:
        return f"Used {self.voucher_type_name}: {amount(self.discount_minor, self.currency)} off"


class VoucherReleased(Happening):
    subject = "octoreach.loyalty.voucher.released.v1"
    entry_kind = "voucher_released"
    shown = ("reason", "voucher_type_code", "order_id")

    voucher_type_code: str
    voucher_type_name: str
    order_id: UUID | None = None
    reason: str

    def title(self) -> str:
        return f"May use {self.voucher_type_name} again"


class VoucherExpired(Happening):
    subject = "octoreach.loyalty.voucher.expired.v1"
    entry_kind = "voucher_expired"
    shown = ("voucher_type_code",)

    voucher_type_code: str
    voucher_type_name: str

    def title(self) -> str:
        return f"Did not use the voucher {self.voucher_type_name} in time"


HEARD: Final = (
    VoucherIssued,
    VoucherRedeemed,
    VoucherReleased,
    VoucherExpired,
)
