"""Vouchers: codes that take something off an order, each as often as its terms say."""
