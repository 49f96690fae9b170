"""Whose hand it is: a colleague's, or the member's own."""

from kit.identity import Caller


def colleague(caller: Caller) -> str | None:
    """Who is named for what they ask for; nobody is where members ask for themselves."""
    return None if "customer" in caller.roles else caller.subject
