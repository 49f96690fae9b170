"""Customers who bring others, in the words of the tests."""

import pytest

from kit.models import utcnow, uuid7

EVENT = "octoreach.loyalty.referral.{}.v1"
MERGED = "octoreach.customer.customer.merged.v1"
SET = """mutation ($input: SetReferralProgrammeInput!) { setReferralProgramme(input: $input) {
  __typename ... on ReferralProgrammeWasSet { programme { version withinDays } }
  ... on Refusal { message } ... on InvalidInput { field } } }"""
NAME = """mutation ($customer: UUID!, $code: String!, $device: String) {
  nameReferralCode(customerId: $customer, code: $code, device: $device) {
    __typename ... on ReferralWasRecorded { referral { state referrerId } }
    ... on ReferralRefused { reason } ... on NotFound { key } } }"""
OPEN = """mutation ($customer: UUID!) { openReferralCode(customerId: $customer) {
  __typename ... on ReferralCodeWasOpened { referralCode { code link } }
  ... on NotFound { key } } }"""
RULE = """mutation ($input: DraftEarningRuleInput!) { draftEarningRule(input: $input) {
  __typename ... on EarningRuleWasDrafted { rule { id } } } }"""
ACTIVATE = """mutation ($code: String!, $draft: UUID!) {
  activateEarningRule(code: $code, draft: $draft) { __typename } }"""


class Referrals:
    def __init__(self, members):
        self.members = members
        self.harness = members.harness
        self.finance = self.harness.token("approver", subject="fay", scope="approve:finance")

    async def set(self, as_=None, *, instead_of=1, **terms):
        wanted = {"insteadOf": instead_of, "withinDays": 30, **terms}
        answer = await self.harness.graph(SET, as_=as_ or self.finance, input=wanted)
        return answer["setReferralProgramme"]

    async def rewards(self):
        """50 points for who brought somebody, 20 for whom they brought."""
        for code, event, points in (("bring", "REFERRAL", 50), ("come", "REFERRED", 20)):
            terms = {"code": code, "name": code, "event": event, "kind": "FIXED", "points": points}
            marketer = self.harness.token("marketer", subject="mia")
            answer = await self.harness.graph(RULE, as_=marketer, input=terms)
            draft = answer["draftEarningRule"]["rule"]["id"]
            await self.harness.graph(ACTIVATE, as_=self.finance, code=code, draft=draft)

    async def code(self, customer, as_=None):
        answer = await self.harness.graph(OPEN, as_=as_ or self.members.operator, customer=customer)
        return answer["openReferralCode"]["referralCode"]["code"]

    async def name(self, customer, code, as_=None, device=None):
        answer = await self.harness.graph(
            NAME, as_=as_ or self.members.operator, customer=customer, code=code, device=device
        )
        return answer["nameReferralCode"]

    async def brought(self, referrer, device=None):
        """A newcomer who names the referrer's code."""
        newcomer = await self.members.register()
        named = await self.name(newcomer, await self.code(referrer), device=device)
        assert named["__typename"] == "ReferralWasRecorded"
        return newcomer

    async def tell(self, *names):
        """What the bus would bring back to the service that told it, each twice."""
        for name in names or ("qualified", "disqualified"):
            for told in await self.members.announced(f"referral.{name}"):
                content = {key: value for key, value in told.items() if key != "subject"}
                for _ in range(2):
                    await self.harness.hear(EVENT.format(name), content)

    async def states(self, referrer):
        found = await self.harness.entity(
            {"__typename": "Customer", "id": str(referrer)},
            "referrals(first: 50) { edges { node { state } } }",
            as_=self.members.operator,
        )
        return [edge["node"]["state"] for edge in found["referrals"]["edges"]]

    async def merge(self, survivor, absorbed):
        merge = {"merge_id": uuid7(), "customer_id": survivor, "absorbed_id": absorbed}
        await self.harness.hear(MERGED, {**merge, "at": utcnow()})


@pytest.fixture
def referrals(members):
    return Referrals(members)
