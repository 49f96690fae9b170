"""Voucher types: on which terms vouchers take something off an order."""
