"""Everything that changes vouchers."""

from loyalty.vouchers.commands.issuing import Issued, NewVoucher, issue_vouchers
from loyalty.vouchers.commands.withdrawing import withdraw_vouchers

__all__ = ["Issued", "NewVoucher", "issue_vouchers", "withdraw_vouchers"]
