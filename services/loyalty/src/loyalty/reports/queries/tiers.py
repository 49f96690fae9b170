"""The tier a member had at a moment, from how theirs has changed."""

from typing import Final

TODAY: Final = "coalesce(member_tier.tier_code, 'none')"
"""In SQL, of `member_tier` as it is joined."""


def tier_held(at: str) -> str:
    """The same for a moment that is over: what the last change before it led to."""
    return f"""
coalesce(
  (SELECT to_tier FROM tier_change
   WHERE tier_change.customer_id = member_tier.customer_id AND changed_at <= {at}
   ORDER BY version DESC LIMIT 1),
  (SELECT from_tier FROM tier_change
   WHERE tier_change.customer_id = member_tier.customer_id AND changed_at > {at}
   ORDER BY version LIMIT 1),
  {TODAY})"""  # noqa: S608  # our own names
