"""Everything that changes vouchers."""

from loyalty.vouchers.commands.issuing import Issued, NewVoucher, issue_vouchers

__all__ = ["Issued", "NewVoucher", "issue_vouchers"]
