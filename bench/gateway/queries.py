"""The two queries that are measured, and variables for them that are hardly ever the same twice."""

import random
from collections.abc import Callable
from typing import Any, Final, NamedTuple


class Query(NamedTuple):
    """A document and how its variables are drawn."""

    text: str
    variables: Callable[[], dict[str, Any]]


ONE_JOIN: Final = """
query OneJoin($id: ID!) {
  product(id: $id) { id name price brand { name country } rating reviews { stars text } }
}
"""

FIFTY: Final = """
query Fifty($first: Int!, $after: Int!) {
  products(first: $first, after: $after) {
    id name price brand { name } rating reviews { id stars } inStock deliveryDays
  }
}
"""

QUERIES: Final = {
    "one_join": Query(ONE_JOIN, lambda: {"id": str(random.randrange(10**6))}),  # noqa: S311
    "fifty_entities": Query(
        FIFTY,
        lambda: {"first": 50, "after": random.randrange(10**6)},  # noqa: S311
    ),
}
