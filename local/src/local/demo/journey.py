"""One customer's way from registration to reward, under one trace."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from local.demo import cast, story
from local.demo.crowd import Meeting, refusal_of
from local.demo.staff import FrontLine, refuse_refusals
from local.doors import Doors
from local.problems import Problem

TRIES = 12
PATIENCE_SECONDS = 120
REGISTER = """
mutation ($customer: NewCustomerInput!) {
  answer: registerCustomer(input: $customer) {
    __typename
    ... on CustomerWasRegistered { customer { id } }
    ... on Refusal { message }
  }
}
"""
CONSENT = """
mutation ($id: UUID!, $consent: ConsentInput!) {
  answer: recordConsent(customerId: $id, consent: $consent) {
    __typename
    ... on Refusal { message }
  }
}
"""


@dataclass(frozen=True)
class Journey:
    """What the traced customer went through."""

    customer: str
    trace_id: str
    story: dict[str, Any]


async def travel(doors: Doors, run: str, attributes: list[dict[str, Any]]) -> Journey:
    """Play one journey with every step in one trace; customers held out make room for the next."""
    tracer = TracerProvider(sampler=ALWAYS_ON).get_tracer("demo")
    for number in range(TRIES):
        with tracer.start_as_current_span("a customer's journey") as span:
            trace_id = format(span.get_span_context().trace_id, "032x")
            customer = await _register(doors, f"{run}-traced-{number}", attributes)
            await _consent(doors, customer)
            name = f"{run}-traced-{number}"
            meeting = Meeting(name, {"id": customer}, "visited", cast.STORE)
            await _visit(doors, meeting)
            if await _outcome(doors, customer) != "offered":
                continue
            if not _is_whole(await story.customer_story(doors, customer)):
                await _buy(doors, run, customer, name)
            found = await _whole_story(doors, customer)
            return Journey(customer, trace_id, found)
    raise Problem(f"{TRIES} customers in a row were offered nothing: is the campaign running?")


async def _register(doors: Doors, number: str, attributes: list[dict[str, Any]]) -> str:
    customer = {
        "unit": cast.CITY,
        "name": "Demo Customer",
        "identifiers": [{"scheme": "crm", "value": number}],
        "attributes": attributes,
        "status": "ACTIVE",
    }
    answer = (await doors.graph(REGISTER, as_=cast.FRONT_LINE, customer=customer))["answer"]
    if answer["__typename"] == "CustomerWasRegistered":
        identity: str = answer["customer"]["id"]
        return identity
    query = 'query ($n: String!) { customerByIdentifier(scheme: "crm", value: $n) { id } }'
    known = (await doors.graph(query, as_=cast.FRONT_LINE, n=number))["customerByIdentifier"]
    if known is None:
        raise Problem(f"A customer was refused: {answer['message']}")
    return str(known["id"])


async def _consent(doors: Doors, customer: str) -> None:
    consent = {"purpose": "marketing", "granted": True, "evidence": "signed in the store"}
    found = await doors.graph(CONSENT, as_=cast.FRONT_LINE, id=customer, consent=consent)
    refuse_refusals(found["answer"])


async def _visit(doors: Doors, meeting: Meeting) -> None:
    """Report the visit, as soon as the channels have heard of the customer."""
    await until(
        lambda: refusal_of(doors, meeting),
        lambda refusal: not refusal,
        "the channel service did not know the customer",
    )


async def _outcome(doors: Doors, customer: str) -> str:
    """What was decided, as soon as it is."""
    found = await until(
        lambda: story.customer_story(doors, customer),
        lambda story: bool((story["decisions"] or {"edges": []})["edges"]),
        f"nothing was decided for customer {customer}",
    )
    return str(found["decisions"]["edges"][0]["node"]["outcome"]).lower()


async def until(
    look: Callable[[], Awaitable[Any]], enough: Callable[[Any], bool], otherwise: str
) -> Any:
    """What `look` finds once it is enough; a Problem after a while."""
    for _ in range(PATIENCE_SECONDS * 5):
        found = await look()
        if enough(found):
            return found
        await asyncio.sleep(0.2)
    raise Problem(f"After {PATIENCE_SECONDS} seconds {otherwise}.")


async def _buy(doors: Doors, run: str, customer: str, name: str) -> None:
    """The front line takes the task, presents the offer, and the customer buys."""
    staff = FrontLine(doors, run, {customer: name}, cast.STORE)
    tasks = await until(
        staff.open_tasks,
        lambda tasks: any(whose == customer for _, whose in tasks),
        f"no task for customer {customer} reached the store",
    )
    task = next(task for task, whose in tasks if whose == customer)
    await staff.claim(task)
    for outcome in ("presented", "accepted"):
        await staff.report(task, outcome)
    await staff.order(task, customer)


async def _whole_story(doors: Doors, customer: str) -> dict[str, Any]:
    """The story once the points of order and benefit are in it."""
    found: dict[str, Any] = await until(
        lambda: story.customer_story(doors, customer),
        _is_whole,
        f"the order of customer {customer} had not yet led to points and holding",
    )
    return found


def _is_whole(found: dict[str, Any]) -> bool:
    """Whether everything that follows from the order and the yes has been told."""
    states = [edge["node"]["state"] for edge in found["tasks"]["edges"]]
    told = Counter(edge["node"]["kind"] for edge in found["timeline"]["edges"])
    rewarded = told["points_earned"] >= 3 and told["benefit_fulfilled"] and told["conversion"]
    return states == ["FULFILLED"] and bool(found["holdings"] and rewarded)
