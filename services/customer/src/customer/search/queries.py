"""Finding customers in the caller's units; every search has an index that bounds it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from customer.identifiers.models import LONGEST_VALUE, SEPARATORS, normalised
from customer.profiles.queries import Shown, customers_by_ids
from kit.database import Database, ReadSession
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.paging import Page, checked_first, cursor_of, key_of

SHORTEST_FRAGMENT: Final = 4
LONGEST_FRAGMENT: Final = 15
LONGEST_NAME: Final = 100
SHOWN_OF_A_NAME: Final = 1
EVERYTHING: Final = 1_000
BEFORE_WHAT_IS_SHOWN: Final = "_____%"
"""A + and at least four digits: of shorter numbers the mask shows less."""
DIGITS: Final = re.compile(r"\+?[0-9]+")
WITHIN: Final = "(customer.unit = :unit OR customer.unit LIKE :below ESCAPE '\\')"
AFTER: Final = "(:after_key = '' OR (key, id) > (:after_key, CAST(:after_id AS uuid)))"
PAGE: Final = f"SELECT key, id FROM found WHERE {AFTER} ORDER BY key, id LIMIT :most"  # noqa: S608  # our own text
PLACE: Final = "SELECT key FROM found WHERE id = :after_id"

# The fragments are found first, whatever the planner thinks of the page's order. The order says no
# more than is shown.
BY_PHONE: Final = f"""
WITH fitting AS MATERIALIZED (
  SELECT value, customer_id FROM identifier
  WHERE scheme = 'msisdn' AND value LIKE :pattern
), found AS (
  SELECT right(min(fitting.value COLLATE "C"), :shown) AS key, customer.id FROM fitting
  JOIN customer ON customer.id = fitting.customer_id WHERE {WITHIN} GROUP BY customer.id
)
"""  # noqa: S608  # our own text
BY_NAME: Final = f"""
WITH found AS (
  SELECT left(lower(name) COLLATE "C", :shown) AS key, customer.id FROM customer
  WHERE name IS NOT NULL AND lower(name) COLLATE "C" LIKE :pattern ESCAPE '\\' AND {WITHIN}
)
"""  # noqa: S608  # our own text
# Schemes are few: each is found by one step in the index, however many identifiers it has.
BY_IDENTIFIER: Final = f"""
WITH RECURSIVE known (scheme) AS (
  (SELECT scheme FROM identifier ORDER BY scheme LIMIT 1)
  UNION ALL
  SELECT (SELECT scheme FROM identifier WHERE scheme > known.scheme ORDER BY scheme LIMIT 1)
  FROM known WHERE scheme IS NOT NULL
), asked (scheme, value) AS (
  SELECT 'msisdn', CAST(:msisdn AS text) UNION ALL SELECT 'email', :email
  UNION ALL SELECT scheme, :other FROM known WHERE scheme NOT IN ('msisdn', 'email')
), found AS (
  SELECT min(identifier.scheme COLLATE "C") AS key, customer.id FROM asked
  JOIN identifier ON identifier.scheme = asked.scheme AND identifier.value = asked.value
  JOIN customer ON customer.id = identifier.customer_id WHERE {WITHIN} GROUP BY customer.id
)
"""  # noqa: S608  # our own text
PAGES: Final = {each: text(each + PAGE) for each in (BY_PHONE, BY_NAME, BY_IDENTIFIER)}
PLACES: Final = {each: text(each + PLACE) for each in (BY_PHONE, BY_NAME, BY_IDENTIFIER)}


class SearchBy(StrEnum):
    IDENTIFIER = "identifier"
    NAME = "name"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for, and by what; `whole`: they may see names and numbers whole."""

    by: SearchBy
    text: str
    whole: bool

    def found(self) -> tuple[str, dict[str, Any]]:
        """Who is found, as a table, and its parameters; or InvalidInput."""
        match self.by:
            case SearchBy.PHONE:
                shown = EVERYTHING if self.whole else SHORTEST_FRAGMENT
                return BY_PHONE, {"pattern": self._fragment(), "shown": shown}
            case SearchBy.NAME:
                shown = EVERYTHING if self.whole else SHOWN_OF_A_NAME
                return BY_NAME, {"pattern": self._beginning(), "shown": shown}
        return BY_IDENTIFIER, self._values()

    def _fragment(self) -> str:
        """Who sees masked numbers may ask for the digits that the mask shows, not for others."""
        fragment = self.text.translate(SEPARATORS)
        longest = LONGEST_FRAGMENT if self.whole else SHORTEST_FRAGMENT
        digits = fragment.removeprefix("+")
        if not DIGITS.fullmatch(fragment) or not SHORTEST_FRAGMENT <= len(digits) <= longest:
            expected = (
                f"{SHORTEST_FRAGMENT} to {LONGEST_FRAGMENT} digits in a row"
                if self.whole
                else f"the last {SHORTEST_FRAGMENT} digits"
            )
            raise InvalidInput("text", f"takes {expected} of a telephone number")
        if not self.whole:
            return f"{BEFORE_WHAT_IS_SHOWN}{fragment}"
        return f"{'' if fragment.startswith('+') else '%'}{fragment}%"

    def _beginning(self) -> str:
        """Who sees masked names may ask for the character that the mask shows, not for others."""
        wanted = self.text.strip()
        longest = LONGEST_NAME if self.whole else SHOWN_OF_A_NAME
        if not 0 < len(wanted) <= longest or not wanted.isprintable():
            expected = f"1 to {LONGEST_NAME} characters" if self.whole else "the character"
            raise InvalidInput("text", f"takes {expected} a name begins with")
        return re.sub(r"([\\%_])", r"\\\1", wanted.lower()) + "%"

    def _values(self) -> dict[str, Any]:
        wanted = self.text.strip()
        if not 0 < len(wanted) <= LONGEST_VALUE or not wanted.isprintable():
            raise InvalidInput("text", f"takes 1 to {LONGEST_VALUE} characters")
        schemes = {"msisdn": "msisdn", "email": "email", "other": "crm"}
        return {name: _normalised(scheme, wanted) for name, scheme in schemes.items()}


async def search_customers(
    db: Database,
    session: ReadSession,
    search: Search,
    caller: Caller,
    first: int,
    after: str | None,
) -> Page[Shown]:
    """The customers in the caller's units, ordered by what they were found by."""
    checked_first(first)
    found, asked = search.found()
    unit = caller.unit or ""
    asked |= {"unit": unit, "below": unit.replace("_", r"\_") + ".%"}
    after_id = _id_in(after) if after else None
    after_key = await _place_of(session, found, asked, after_id) if after_id else ""
    bounds = {"after_key": after_key, "after_id": after_id, "most": first + 1}
    rows = (await session.execute(PAGES[found], {**asked, **bounds})).all()
    shown = rows[:first]
    customers = await customers_by_ids(db, [row.id for row in shown])
    present = [row for row in shown if row.id in customers]
    return Page(
        items=[customers[row.id] for row in present],
        cursors=[cursor_of([row.id]) for row in present],
        has_next=len(rows) > first,
    )


def _id_in(cursor: str) -> UUID:
    try:
        return UUID(key_of(cursor, 1)[0])
    except ValueError as other:
        raise InvalidInput("after", "is a cursor of another list") from other


async def _place_of(session: ReadSession, found: str, asked: dict[str, Any], after_id: UUID) -> str:
    """Where a customer stands in what is found; the cursor does not say: it would unmask them."""
    row = (await session.execute(PLACES[found], {**asked, "after_id": after_id})).first()
    if row is None:
        raise InvalidInput("after", "is of somebody who is found no longer: begin anew")
    return str(row.key)


def _normalised(scheme: str, value: str) -> str | None:
    try:
        return normalised(scheme, value)
    except ValueError:
        return None
