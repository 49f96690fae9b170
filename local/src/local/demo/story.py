"""What came of it: one customer's whole story, the campaign's funnel, and the counts."""

from collections import Counter
from collections.abc import AsyncIterator, Container, Mapping
from datetime import datetime
from typing import Any

from local.demo import cast
from local.doors import Doors

CUSTOMERS = """
query ($first: Int!, $after: String) {
  customers(first: $first, after: $after) {
    edges { node { id identifiers { scheme value } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
FOLLOWED = """
query ($first: Int!, $after: String) {
  customers(first: $first, after: $after) {
    edges { node {
      id
      decisions(first: 20) { edges { node { outcome } } }
      orders(first: 20) { edges { node { id } } }
    } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
ARRIVALS = """
query ($first: Int!, $after: String) {
  customers(first: $first, after: $after) {
    edges { node {
      id
      timeline(first: 50, kinds: ["touchpoint", "task_progressed"]) {
        edges { node { kind title occurredAt } }
      }
    } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
STORY = """
query ($id: UUID!) {
  customer(id: $id) {
    id status unit
    identifiers { scheme value }
    tags { tag }
    holdings { productCode since }
    decisions(first: 5) {
      edges { node { id outcome candidates { offer { code name } stage reason } } }
    }
    tasks(first: 5) {
      edges { node { id state offer { code name } channel { code name kind } work { state claimedBy } } }
    }
    orders(first: 5) { edges { node { id amount { minor currency } placedAt } } }
    points { balance tier { name missingToNext } }
    timeline(first: 20) { edges { node { kind source occurredAt title } } }
  }
}
"""
FUNNEL = """
query ($id: UUID!) {
  campaign(id: $id) {
    code name state
    budget { amount { minor currency } committed { minor } spent { minor } available { minor } }
    funnel {
      totals { contacts delivered presented accepted declined converted revenue { minor currency } cost { minor } }
      byChannel {
        channel { code name kind }
        contacts delivered presented accepted declined converted revenue { minor currency } cost { minor }
      }
      treatment { customers converted rate }
      control { customers converted rate }
      lift { rate low high }
      costPerAcquisition { minor } roi
    }
    commission { minor currency }
  }
}
"""
LEDGER = "{ ledger { postings sumOfEntries accountsOutOfBalance negativeBalances liability } }"


async def everybody(doors: Doors) -> dict[str, str]:
    """The id of every customer with their CRM number."""
    return {
        node["id"]: each["value"]
        async for node in _nodes(doors, CUSTOMERS, cast.FRONT_LINE)
        for each in node["identifiers"]
        if each["scheme"] == "crm"
    }


async def followed(doors: Doors, customers: Container[str]) -> Counter[str]:
    """How many decisions of each outcome, and how many orders, there are of these customers."""
    found: Counter[str] = Counter()
    async for node in _nodes(doors, FOLLOWED, cast.ANALYST):
        if node["id"] not in customers:
            continue
        for edge in (node["decisions"] or {"edges": []})["edges"]:
            found[f"decisions_{edge['node']['outcome'].lower()}"] += 1
        found["orders"] += len((node["orders"] or {"edges": []})["edges"])
    return found


async def latencies(doors: Doors, customers: Container[str]) -> list[float]:
    """Seconds from each touchpoint event, as its reporter dated it, to the task in its inbox."""
    found = []
    async for node in _nodes(doors, ARRIVALS, cast.ANALYST):
        if node["id"] not in customers:
            continue
        met: datetime | None = None
        for edge in reversed(node["timeline"]["edges"]):
            at = datetime.fromisoformat(edge["node"]["occurredAt"])
            if edge["node"]["kind"] == "touchpoint":
                met = at
            elif met and edge["node"]["title"].startswith("Task delivered"):
                found.append((at - met).total_seconds())
                met = None
    return found


async def customer_story(doors: Doors, customer: str) -> dict[str, Any]:
    found: dict[str, Any] = (await doors.graph(STORY, as_=cast.FRONT_LINE, id=customer))["customer"]
    return found


async def funnel(doors: Doors, campaign: str) -> dict[str, Any]:
    found: dict[str, Any] = (await doors.graph(FUNNEL, as_=cast.ANALYST, id=campaign))["campaign"]
    return found


async def ledger(doors: Doors) -> Mapping[str, int]:
    found: Mapping[str, int] = (await doors.graph(LEDGER, as_=cast.ANALYST))["ledger"]
    return found


async def _nodes(doors: Doors, query: str, as_: Any) -> AsyncIterator[dict[str, Any]]:
    after, more = None, True
    while more:
        page = (await doors.graph(query, as_=as_, first=100, after=after))["customers"]
        for edge in page["edges"]:
            yield edge["node"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
