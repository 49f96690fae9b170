"""Who sees personal data whole: the same in every service.

| role | names, identifiers, what else is personal |
| --- | --- |
| customer | whole, of themselves |
| front_line | whole, in their unit's subtree |
| operator with the scope privacy:handle | whole, in their unit's subtree, once they say why |
| everybody else | masked |

Why: the header Octoreach-Purpose. What is out of a caller's units they see nothing of.
"""

from typing import Final

from kit.personal.seeing import Sight

SIGHT: Final = Sight(
    at_work=frozenset({"front_line"}),
    oneself="customer",
    officer="operator",
    scope="privacy:handle",
)
