"""Who sees personal data whole. This is the one place that says so.

| role | name, identifiers | others |
| --- | --- | --- |
| customer | whole, of themselves | whole |
| front_line | whole, in their unit's subtree | whole |
| operator with the scope privacy:handle | whole, in their unit's subtree, once they say why | whole |
| everybody else | masked | as the field says |

Why: the header Octoreach-Purpose. What is out of a caller's units they see nothing of.
"""

from typing import Final

from kit.identity import Caller

OFFICER: Final = "operator"
SCOPE: Final = "privacy:handle"
AT_WORK: Final = frozenset({"front_line", "customer"})


def is_officer(caller: Caller) -> bool:
    return OFFICER in caller.roles and SCOPE in caller.scopes


def sees_whole(caller: Caller) -> bool:
    """Whether names and identifiers of customers whom the caller may see are shown whole."""
    return not AT_WORK.isdisjoint(caller.roles) or (is_officer(caller) and bool(caller.purpose))
