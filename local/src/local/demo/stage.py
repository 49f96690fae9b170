"""The stage: units, channels, partners, a commission plan, products, an offer, a campaign."""

from typing import Any

from local.demo import cast
from local.doors import Doors
from local.problems import Problem
from local.tokens import Wanted

UNITS = (("hq", "Headquarters"), (cast.UNIT, "Zhejiang"), (cast.CITY, "Hangzhou"))
PARTNERS = (
    {"code": cast.PARTNER, "name": "Lucky Agents", "kind": "APP_PUBLISHER"},
    {"code": "own-stores", "name": "Our own stores", "kind": "FRANCHISEE"},
)
CHANNELS = (
    {
        "code": cast.STORE,
        "kind": "OWN_STORE",
        "name": "West Lake store",
        "unit": cast.CITY,
        "partnerCode": "own-stores",
    },
    {
        "code": cast.APP,
        "kind": "APP",
        "name": "Lucky app",
        "unit": cast.CITY,
        "partnerCode": cast.PARTNER,
    },
)
PLAN = {
    "code": "five-percent",
    "name": "Five percent of each order",
    "unit": cast.UNIT,
    "since": "2020-01-01",
    "kind": "PERCENTAGE",
    "currency": "CNY",
    "basisPoints": 500,
}
PRODUCTS = (("streaming-plus", "Streaming Plus", 2_900), ("fibre-1000", "Fibre 1000", 9_900))
OFFER = {
    "code": "streaming-for-loyal-customers",
    "name": "Streaming Plus, three months for one",
    "unit": cast.UNIT,
    "products": ["streaming-plus"],
    "priceMinor": 2_900,
    "currency": "CNY",
    "costMinor": 500,
    "expectedValueMinor": 12_000,
    "benefit": {"kind": "BUNDLE", "reference": "film-night"},
    "excludedProducts": ["streaming-plus"],
    "contents": [
        {
            "channelKind": "OWN_STORE",
            "title": "Streaming Plus",
            "text": "Three months for the price of one, 200 points and the film club.",
        },
        {
            "channelKind": "APP",
            "title": "Films tonight?",
            "text": "Three months of Streaming Plus for the price of one, and 200 points.",
        },
    ],
}
MONTH_TO_MONTH = {
    "code": "month-to-month",
    "name": "Who may leave any month",
    "unit": cast.UNIT,
    "rule": {
        "compare": {
            "fact": "attribute.contract",
            "operator": "EQUALS",
            "value": {"text": "Month-to-month"},
        }
    },
}
REGULAR = {
    "tag": "regular-visitor",
    "name": "Came by twice within thirty days",
    "unit": cast.UNIT,
    "rule": {
        "count": {
            "event": "touchpoint.visited",
            "withinDays": 30,
            "operator": "AT_LEAST",
            "value": 2,
        }
    },
}
CAMPAIGN = "streaming-"
TRIGGERS = ("visited", "opened", "topped_up")


async def build(doors: Doors) -> None:
    """Everything but the campaign; what is there already stays as it is."""
    for code, name in UNITS:
        await change(doors, "registerUnit", "UnitInput", "unit", {"code": code, "name": name})
    for partner in PARTNERS:
        await _bring_in(doors, dict(partner))
    for channel in CHANNELS:
        await change(doors, "openChannel", "ChannelInput", "channel", dict(channel))
    await change(doors, "defineCommissionPlan", "CommissionPlanInput", "plan", PLAN)
    for code, name, price in PRODUCTS:
        product: dict[str, Any] = {"code": code, "name": name, "kind": "service"}
        product |= {"unit": cast.UNIT, "priceMinor": price, "currency": "CNY"}
        await change(
            doors, "defineProduct", "DefineProductInput", "input", product, as_=cast.MARKETER
        )
    await change(doors, "defineOffer", "DefineOfferInput", "input", OFFER, as_=cast.MARKETER)


async def tell_customers_apart(doors: Doors) -> None:
    """A segment and a computed tag, over attributes that an import has declared."""
    for mutation, kind, value in (
        ("createSegment", "NewSegmentInput", MONTH_TO_MONTH),
        ("defineTag", "TagDefinitionInput", REGULAR),
    ):
        await change(doors, mutation, kind, "input", value, as_=cast.MARKETER)


async def run_campaign(doors: Doors, run: str, audience: dict[str, Any]) -> str:
    """Plan, submit, have approved by somebody else, and start; the campaign's id."""
    code = f"{CAMPAIGN}{run}"
    plan = {
        "code": code,
        "name": "Streaming for loyal customers",
        "unit": cast.UNIT,
        "goal": "CONVERT",
        "kind": "TRIGGERED",
        "hypothesis": "Who pays month by month stays longer with films at home.",
        "offers": [{"code": OFFER["code"]}],
        "budget": {"amountMinor": 5_000_000, "currency": "CNY"},
        "trigger": {"touchpointKinds": list(TRIGGERS)},
        "audience": audience,
        "controlShare": 0.1,
        "contactPolicy": {"perDay": 2, "perWeek": 4, "quietHours": False},
        "targets": [{"name": "acceptance_rate", "value": 0.4}],
    }
    await change(doors, "planCampaign", "PlanCampaignInput", "input", plan, as_=cast.MARKETER)
    campaign = await campaign_by_code(doors, code)
    identity: str = campaign["id"]
    if campaign["state"] in ("DRAFT", "SENT_BACK"):
        await step(doors, "submitCampaign", identity, as_=cast.MARKETER)
    for kind in ("BUSINESS", "COMPLIANCE", "FINANCE"):
        await step(doors, "approveCampaign", identity, f", kind: {kind}", as_=cast.APPROVER)
    await step(doors, "startCampaign", identity, as_=cast.MARKETER)
    state = (await campaign_by_code(doors, code))["state"]
    if state != "RUNNING":
        raise Problem(f"The campaign {code} is {state}, not running.")
    return identity


async def end_earlier_campaigns(doors: Doors, run: str) -> None:
    """Campaigns of earlier runs would take customers from this one."""
    query = "{ campaigns(first: 100) { edges { node { id code state } } } }"
    found = (await doors.graph(query, as_=cast.MARKETER))["campaigns"]["edges"]
    for campaign in (edge["node"] for edge in found):
        earlier = campaign["code"].startswith(CAMPAIGN) and campaign["code"] != CAMPAIGN + run
        if earlier and campaign["state"] == "RUNNING":
            await step(doors, "completeCampaign", campaign["id"], as_=cast.MARKETER)


async def campaign_by_code(doors: Doors, code: str) -> Any:
    query = "query ($code: String!) { campaignByCode(code: $code) { id state } }"
    return (await doors.graph(query, as_=cast.MARKETER, code=code))["campaignByCode"]


async def change(
    doors: Doors,
    mutation: str,
    kind: str,
    argument: str,
    value: dict[str, Any],
    *,
    as_: Wanted = cast.OPERATOR,
) -> str:
    """Run a mutation; whatever is there already is fine, any other refusal is a Problem."""
    query = (
        f"mutation ($value: {kind}!) {{ answer: {mutation}({argument}: $value) "
        "{ __typename ... on Refusal { message } ... on InvalidInput { field } } }"
    )
    return _result(mutation, (await doors.graph(query, as_=as_, value=value))["answer"])


async def step(doors: Doors, mutation: str, identity: str, more: str = "", *, as_: Wanted) -> str:
    """Move a campaign; where it stands already is fine."""
    query = (
        f"mutation ($id: UUID!) {{ answer: {mutation}(id: $id{more}) "
        "{ __typename ... on Refusal { message } } }"
    )
    return _result(mutation, (await doors.graph(query, as_=as_, id=identity))["answer"])


def _result(mutation: str, answer: dict[str, Any]) -> str:
    kind: str = answer["__typename"]
    if "message" in answer and not any(word in kind for word in ALREADY):
        where = f" ({answer['field']})" if "field" in answer else ""
        raise Problem(f"{mutation} was refused: {answer['message']}{where}")
    return kind


ALREADY = ("Taken", "Conflict", "Frozen", "CannotAdvance", "NotPossible", "Already")


async def _bring_in(doors: Doors, partner: dict[str, Any]) -> None:
    partner |= {"unit": cast.UNIT, "tier": "gold"}
    await change(doors, "registerPartner", "PartnerInput", "partner", partner)
    for state in ("VERIFIED", "CONTRACTED", "ACTIVE"):
        query = (
            "mutation ($code: String!) { answer: advancePartner(code: $code, "
            f'to: {state}, reason: "demo") {{ __typename ... on Refusal {{ message }} }} }}'
        )
        found = await doors.graph(query, as_=cast.OPERATOR, code=partner["code"])
        _result("advancePartner", found["answer"])
