"""Customers, orders and members, in the words of the tests."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from kit.app import Service
from kit.models import utcnow, uuid7
from kit.testing.harness import Harness
from loyalty.app import loyalty
from loyalty.settings import settings as own_settings

REGISTERED = "octoreach.customer.customer.registered.v1"
CHANGED = "octoreach.customer.customer.changed.v1"
PLACED = "octoreach.channel.order.placed.v1"
CANCELLED = "octoreach.channel.order.cancelled.v1"
GRANTED = "octoreach.campaign.benefit.granted.v1"
CAMPAIGN = uuid7()
SOUND = {
    "sumOfEntries": 0,
    "postingsOutOfBalance": 0,
    "accountsOutOfBalance": 0,
    "lotsOutOfBalance": 0,
    "transfersOutOfBalance": 0,
    "negativeBalances": 0,
    "reportsOutOfBalance": 0,
}

LEDGER = """{ ledger { postings entries sumOfEntries postingsOutOfBalance accountsOutOfBalance
  lotsOutOfBalance transfersOutOfBalance negativeBalances reportsOutOfBalance
  liability debts } }"""


def facts(customer: UUID, unit: str, version: int) -> dict[str, Any]:
    """What the customer service tells of a customer, as far as loyalty reads it."""
    return {
        "customer_id": customer,
        "version": version,
        "unit": unit,
        "kind": "individual",
        "status": "active",
        "time_zone": "Asia/Shanghai",
        "attributes": {},
        "tags": [],
    }


def order_placed(
    order: UUID, customer: UUID, amount_minor: int, currency: str = "CNY", at: Any = None
) -> dict[str, Any]:
    """What the channel service tells of an order, as far as loyalty reads it."""
    return {
        "order_id": order,
        "customer_id": customer,
        "channel_code": "store",
        "partner_code": None,
        "unit": "hq.zj.hz",
        "amount_minor": amount_minor,
        "currency": currency,
        "lines": [{"product_code": "plan", "quantity": 1, "amount_minor": amount_minor}],
        "placed_at": at or utcnow(),
    }


@pytest.fixture(autouse=True)
def _as_on_a_laptop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The service's own settings, without what production would have to be told."""
    monkeypatch.setenv("ENVIRONMENT", "local")
    own_settings.cache_clear()
    yield
    own_settings.cache_clear()


@pytest.fixture
def service() -> Service:
    return loyalty


class Members:
    """What customers do, and what can be seen of it."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.operator = harness.token("operator")

    async def register(
        self, customer: UUID | None = None, unit: str = "hq.zj", version: int = 1, **more: Any
    ) -> UUID:
        customer = customer or uuid7()
        await self.harness.hear(REGISTERED, facts(customer, unit, version) | more)
        return customer

    async def order(
        self,
        customer: UUID,
        amount_minor: int,
        *,
        order: UUID | None = None,
        at: datetime | None = None,
        currency: str = "CNY",
        event_id: UUID | None = None,
        **more: Any,
    ) -> UUID:
        order = order or uuid7()
        content = order_placed(order, customer, amount_minor, currency, at or utcnow()) | more
        await self.harness.hear(PLACED, content, event_id=event_id)
        return order

    async def cancel(self, customer: UUID, order: UUID, *, event_id: UUID | None = None) -> None:
        content = {"order_id": order, "customer_id": customer, "cancelled_at": utcnow()}
        await self.harness.hear(CANCELLED, content, event_id=event_id)

    async def grant(self, customer: UUID, task: UUID | None = None, **asked: Any) -> UUID:
        task = task or uuid7()
        content = {"task_id": task, "campaign_id": CAMPAIGN, "customer_id": customer, **asked}
        await self.harness.hear(GRANTED, content)
        return task

    async def points(
        self, customer: UUID, fields: str = "balance debt", as_: str | None = None
    ) -> Any:
        """A customer's points as the gateway would ask for them."""
        found = await self.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            f"points {{ {fields} }}",
            as_=as_ or self.operator,
        )
        return found["points"]

    async def account(self, customer: UUID) -> str:
        return str((await self.points(customer, "id"))["id"])

    async def balance(self, customer: UUID) -> int:
        return int((await self.points(customer))["balance"])

    async def sql(self, statement: str, **values: Any) -> None:
        """What an operator sets up by hand: rules, tiers, and time gone by."""
        async with self.harness.db.transaction() as session:
            await session.execute(text(statement), values)

    async def ledger(self) -> dict[str, int]:
        ledger: dict[str, int] = (await self.harness.graph(LEDGER, as_=self.operator))["ledger"]
        return ledger

    async def is_sound(self) -> bool:
        """Whether every invariant of the ledger holds."""
        ledger = await self.ledger()
        return {name: ledger[name] for name in SOUND} == SOUND

    async def announced(self, *subjects: str) -> list[dict[str, Any]]:
        """What was told of these subjects, such as `points.earned`."""
        full = {f"octoreach.loyalty.{each}.v1" for each in subjects}
        return [each for each in await self.harness.events_recorded() if each["subject"] in full]


Move = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def members(harness: Harness) -> Members:
    return Members(harness)


SPEND = """mutation ($input: SpendPointsInput!) { spendPoints(input: $input) {
  __typename
  ... on PointsWereSpent { balance account { balance } }
  ... on Refusal { message }
  ... on NotEnoughPoints { needed balance }
  ... on InvalidInput { field }
} }"""

ADJUST = (
    SPEND.replace("spendPoints", "adjustPoints")
    .replace("SpendPointsInput", "AdjustPointsInput")
    .replace("PointsWereSpent", "PointsWereAdjusted")
)


@pytest.fixture
def spend(members: Members) -> Move:
    return _mover(members, SPEND, "spendPoints")


@pytest.fixture
def adjust(members: Members) -> Move:
    return _mover(members, ADJUST, "adjustPoints")


def _mover(members: Members, mutation: str, name: str) -> Move:
    async def move(
        customer: UUID,
        points: int,
        *,
        key: str | None = None,
        reason: str = "a mug",
        as_: str | None = None,
        account: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        asked = {
            "accountId": account or await members.account(customer),
            "points": points,
            "reason": reason,
            "idempotencyKey": str(uuid7()) if key is None else key,
            **more,
        }
        data = await members.harness.graph(mutation, as_=as_ or members.operator, input=asked)
        answer: dict[str, Any] = data[name]
        return answer

    return move


SHOWN = """code kind state name unit currency price value { minor currency } cost { minor currency }
  stock { stocked given left } lowestTier segments mostPerMember mostPerDay"""
MUG = {
    "kind": "GIFT",
    "name": "A mug",
    "unit": "hq",
    "price": 60,
    "money": "CNY",
    "costMinor": 2_500,
}


class Shop:
    """What marketers do with rewards, and what can be seen of it."""

    def __init__(self, members: Members) -> None:
        self.members = members
        self.marketer = members.harness.token("marketer")

    async def act(self, name: str, as_: str | None = None, **arguments: Any) -> dict[str, Any]:
        """A mutation of rewards by its name; its type in capitals follows from it."""
        kinds = {"input": name[0].upper() + name[1:] + "Input!", "more": "Long!"}
        declared = ", ".join(f"${each}: {kinds.get(each, 'String!')}" for each in arguments)
        given = ", ".join(f"{each}: ${each}" for each in arguments)
        past = {"define": "Defined", "change": "Changed", "publish": "Published", "end": "Ended"}
        done = past.get(name.removesuffix("Reward"), "Restocked")
        wrong = "... on InvalidInput { field }" if {"input", "more"} & arguments.keys() else ""
        answer = await self.members.harness.graph(
            f"""mutation ({declared}) {{ {name}({given}) {{ __typename
              ... on RewardWas{done} {{ reward {{ {SHOWN} }} }}
              ... on Refusal {{ message }} {wrong} }} }}""",
            as_=as_ or self.marketer,
            **arguments,
        )
        found: dict[str, Any] = answer[name]
        return found

    async def define(self, as_: str | None = None, **more: Any) -> dict[str, Any]:
        return await self.act("defineReward", as_, input={"code": "mug", **MUG, **more})

    async def sell(self, code: str = "mug", **more: Any) -> str:
        """A published reward."""
        assert (await self.define(code=code, **more))["__typename"] == "RewardWasDefined"
        published = await self.act("publishReward", code=code)
        assert published["__typename"] == "RewardWasPublished"
        return code

    async def reward(self, code: str = "mug", as_: str | None = None, fields: str = SHOWN) -> Any:
        query = f"query ($code: String!) {{ reward(code: $code) {{ {fields} }} }}"
        found = await self.members.harness.graph(query, as_=as_ or self.marketer, code=code)
        return found["reward"]

    async def left(self, code: str = "mug") -> int | None:
        stock = (await self.reward(code))["stock"]
        return None if stock is None else int(stock["left"])

    async def for_member(self, customer: UUID, as_: str | None = None) -> dict[str, Any]:
        """What bars a customer from each reward, by code."""
        found = await self.members.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            "rewards { edges { node { reward { code } allowed barriers missing } } }",
            as_=as_ or self.members.operator,
        )
        nodes = [edge["node"] for edge in found["rewards"]["edges"]]
        assert all(each["allowed"] is not bool(each["barriers"]) for each in nodes)
        return {each["reward"]["code"]: each["barriers"] for each in nodes}

    async def member_with(self, points: int, **more: Any) -> UUID:
        customer = await self.members.register(**more)
        await self.members.order(customer, points * 100)
        return customer


DEFINE = """mutation ($input: Define{0}Input!) {{ define{0}(input: $input) {{ __typename
  ... on Refusal {{ message }} ... on InvalidInput {{ field }} }} }}"""
BENEFITS = """benefits(first: 20) { edges { node {
  kind reference outcome reason points taskId cost { minor } } } }"""


class Campaigns:
    """What campaigns grant, what there is to be granted, and what became of it."""

    def __init__(self, members: Members) -> None:
        self.members = members
        self.marketer = members.harness.token("marketer", unit="hq")

    async def define(self, what: str, as_: str | None = None, **content: Any) -> dict[str, Any]:
        answer = await self.members.harness.graph(
            DEFINE.format(what), as_=as_ or self.marketer, input={"unit": "hq", **content}
        )
        found: dict[str, Any] = answer[f"define{what}"]
        return found

    async def privilege(self, code: str = "lounge", **more: Any) -> dict[str, Any]:
        content = {"name": code, "gives": "A quiet chair.", "days": 30, "costMinor": 500}
        return await self.define("Privilege", code=code, currency="CNY", **content | more)

    async def endorsement(self, code: str = "neighbours", **more: Any) -> dict[str, Any]:
        content = {"kind": "EXPERT", "endorsedBy": "Dr. Li", "text": "It works.", "costMinor": 30}
        return await self.define("Endorsement", code=code, currency="CNY", **content | more)

    async def bundle(self, code: str, *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
        return await self.define("Bundle", code=code, name=code, parts=parts, **more)

    async def grant(self, customer: UUID, kind: str, task: UUID | None = None, **more: Any) -> UUID:
        asked = {"points": 0, "amount_minor": 0, "currency": "CNY", "committed_minor": 10_000}
        return await self.members.grant(customer, task, kind=kind, **asked | more)

    async def benefits(self, customer: UUID, as_: str | None = None) -> Any:
        """The newest first."""
        found = await self.members.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            BENEFITS,
            as_=as_ or self.members.operator,
        )
        shown = found["benefits"]
        return shown and [edge["node"] for edge in shown["edges"]]

    async def outcome(self, customer: UUID) -> tuple[str, str, int]:
        """What became of the newest: with its reason and what it costs."""
        (newest, *_) = await self.benefits(customer)
        return newest["outcome"], newest["reason"], newest["cost"]["minor"]

    async def told(self) -> list[tuple[str, str, int]]:
        """What campaigns are told: the answer, the kind, the cost or what of it comes back."""
        subjects = [f"benefit.{each}" for each in ("fulfilled", "refused", "reversed")]
        return [
            (each["subject"].split(".")[3], each["kind"], each["cost_minor"])
            for each in await self.members.announced(*subjects)
        ]

    async def wallet(self, customer: UUID, currency: str = "cash_back") -> tuple[int, int]:
        """What they have of it, and what they owe."""
        seen = await self.members.points(customer, "wallets { currency available debt }")
        for each in seen["wallets"]:
            if each["currency"] == currency:
                return int(each["available"]), int(each["debt"])
        return 0, 0


@pytest.fixture
def campaigns(members: Members) -> Campaigns:
    return Campaigns(members)


@pytest.fixture
def shop(members: Members) -> Shop:
    return Shop(members)


TAKEN = """ fragment Taken on VoucherRedemption { id state orderAmount { minor }
  discount { minor } total { minor }
  uses { code state discount { minor } lines { minor } voucherType { code } } }"""
REFUSED = """ ... on Refusal { message } ... on InvalidInput { field }
  ... on VouchersDoNotApply { refused { code reason } } ... on TooManyWrongCodes { retryAt } } }"""
QUOTE = """query ($cart: VoucherCartInput!) { answer: voucherQuote(cart: $cart) { __typename
  ... on VoucherQuote { discount { minor } total { minor } lines { minor }
    applied { code base { minor } discount { minor } lines { minor } voucherType { code } }
    refused { code reason message } }
  ... on Refusal { message } ... on InvalidInput { field } ... on TooManyWrongCodes { retryAt } } }"""
RESERVE_VOUCHERS = (
    """mutation ($cart: VoucherCartInput!, $key: String!, $seconds: Int! = 900) {
  answer: reserveVouchers(cart: $cart, idempotencyKey: $key, seconds: $seconds) { __typename
  ... on VouchersWereReserved { redemption { ...Taken } }"""
    + REFUSED
    + TAKEN
)
REDEEM_VOUCHERS = (
    """mutation ($cart: VoucherCartInput!, $key: String!, $order: UUID!) {
  answer: redeemVouchers(cart: $cart, idempotencyKey: $key, orderId: $order) { __typename
  ... on VouchersWereRedeemed { redemption { ...Taken } }"""
    + REFUSED
    + TAKEN
)
REDEEM_RESERVED = (
    """mutation ($id: UUID!, $order: UUID!) {
  answer: redeemReservedVouchers(id: $id, orderId: $order) { __typename
  ... on VouchersWereRedeemed { redemption { ...Taken } } ... on Refusal { message } } }"""
    + TAKEN
)
RELEASE_VOUCHERS = (
    """mutation ($id: UUID!) { answer: releaseVouchers(id: $id) { __typename
  ... on VouchersWereReleased { redemption { ...Taken } } ... on Refusal { message } } }"""
    + TAKEN
)
DRAFT_VOUCHERS = """mutation ($input: DraftVoucherTypeInput!) {
  answer: draftVoucherType(input: $input) { __typename
  ... on VoucherTypeWasDrafted { voucherType { code state words singleCode } }
  ... on Refusal { message } ... on InvalidInput { field } } }"""
ACTIVATE_VOUCHERS = """mutation ($code: String!) { answer: activateVoucherType(code: $code) {
  __typename ... on VoucherTypeWasActivated { voucherType { state } } ... on Refusal { message } } }"""
VOUCHER_FIGURES = """query ($code: String!) { voucherType(code: $code) { figures { made issued redeemed
  returned expired outstanding discount { minor } liability { minor } } } }"""
ISSUE = """mutation ($customer: UUID!, $type: String!, $key: String!) {
  answer: issueVoucher(customerId: $customer, voucherTypeCode: $type, idempotencyKey: $key) {
  __typename ... on VoucherWasIssued { voucher { id code state expiresAt } }
  ... on Refusal { message } } }"""


class Vouchers:
    """What is done with vouchers, through the graph."""

    def __init__(self, members: Members) -> None:
        self.members = members
        token = members.harness.token
        self.operator = members.operator
        self.marketer = token("marketer", subject="ada")
        self.approver = token("approver", subject="bob", scope="approve:finance")

    async def ask(self, query: str, as_: str | None = None, **variables: Any) -> dict[str, Any]:
        data = await self.members.harness.graph(query, as_=as_ or self.operator, **variables)
        answer: dict[str, Any] = data["answer"]
        return answer

    async def draft(self, code: str = "ten", as_: str | None = None, **terms: Any) -> Any:
        asked = {
            "code": code,
            "name": "Something off",
            "unit": "hq",
            "coding": "UNIQUE",
            "discount": "FIXED",
            "currency": "CNY",
            "byHand": terms.get("coding") != "SINGLE",
            **({"amountMinor": 1_000} if "discount" not in terms else {}),
        }
        return await self.ask(DRAFT_VOUCHERS, as_=as_ or self.marketer, input=asked | terms)

    async def a_type(self, code: str = "ten", **terms: Any) -> str:
        drafted = await self.draft(code, **terms)
        assert drafted["__typename"] == "VoucherTypeWasDrafted", drafted
        activated = await self.ask(ACTIVATE_VOUCHERS, as_=self.approver, code=code)
        assert activated["__typename"] == "VoucherTypeWasActivated", activated
        return code

    async def issue(self, customer: UUID, type_code: str = "ten", **more: Any) -> Any:
        asked = {"customer": customer, "type": type_code, "key": str(uuid7())}
        return await self.ask(ISSUE, **asked | more)

    async def code(self, customer: UUID, type_code: str = "ten") -> str:
        return str((await self.issue(customer, type_code))["voucher"]["code"])

    @staticmethod
    def cart(customer: UUID, *codes: str, currency: str = "CNY", **lines: int) -> dict[str, Any]:
        """A cart with amounts by product; one plan for 100.00 if none are named."""
        bought = [
            {"productCode": product, "amountMinor": amount}
            for product, amount in (lines or {"plan": 10_000}).items()
        ]
        named = {"customerId": customer, "currency": currency}
        return {**named, "codes": list(codes), "lines": bought}

    async def quote(self, customer: UUID, *codes: str, as_: str | None = None, **lines: Any) -> Any:
        return await self.ask(QUOTE, as_=as_, cart=self.cart(customer, *codes, **lines))

    async def reserve(
        self, customer: UUID, *codes: str, as_: str | None = None, key: str = "", **more: Any
    ) -> Any:
        asked = {"cart": self.cart(customer, *codes), "key": key or str(uuid7()), **more}
        return await self.ask(RESERVE_VOUCHERS, as_=as_, **asked)

    async def redeem(
        self,
        customer: UUID,
        *codes: str,
        order: UUID | None = None,
        as_: str | None = None,
        key: str = "",
    ) -> Any:
        asked = {"cart": self.cart(customer, *codes), "key": key or str(uuid7())}
        return await self.ask(REDEEM_VOUCHERS, as_=as_, order=order or uuid7(), **asked)

    async def redeem_reserved(self, redemption: str, order: UUID, as_: str | None = None) -> Any:
        return await self.ask(REDEEM_RESERVED, as_=as_, id=redemption, order=order)

    async def release(self, redemption: str, as_: str | None = None) -> Any:
        return await self.ask(RELEASE_VOUCHERS, as_=as_, id=redemption)

    async def figures(self, code: str = "ten") -> dict[str, Any]:
        data = await self.members.harness.graph(VOUCHER_FIGURES, as_=self.operator, code=code)
        found: dict[str, Any] = data["voucherType"]["figures"]
        return found

    async def of(self, customer: UUID, as_: str | None = None) -> list[dict[str, Any]]:
        """A customer's vouchers, as the gateway would ask for them."""
        found = await self.members.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            "vouchers { edges { node { code state voucherType { code words } } } }",
            as_=as_ or self.operator,
        )
        return [edge["node"] for edge in found["vouchers"]["edges"]]


@pytest.fixture
def vouchers(members: Members) -> Vouchers:
    return Vouchers(members)
