import pytest

from kit.testing.harness import GraphFailed

LIMIT = """setFraudRule(input: {code: "l", name: "Limit", kind: VELOCITY, actKinds: [LOTTERY],
  per: CUSTOMER, threshold: 5, windowSeconds: 60, action: HOLD})"""
FOR_ALL = [
    ("operator", 'defineCurrency(input: {code: "s", kind: POINTS, rules: {name: "S"}})'),
    ("operator", 'changeCurrency(code: "points", version: 1, rules: {name: "P"})'),
    ("operator", LIMIT),
    ("operator", 'retireFraudRule(code: "l")'),
    ("operator", 'describeTier(code: "gold", benefits: "all")'),
    ("marketer", 'addTier(input: {code: "silver", name: "Silver", threshold: 50})'),
    ("marketer", 'changeTier(code: "star", version: 1, name: "Star", threshold: 50)'),
    ("approver", "changePointValue(version: 1, minor: 2)"),
    ("marketer", 'setTierPrivileges(tier: "gold", codes: [])'),
    ("marketer", 'retireEarningRule(code: "spend")'),
    (
        "approver",
        'activateEarningRule(code: "spend", draft: "01890000-0000-7000-8000-000000000000")',
    ),
    ("approver", "setEarningCap(event: ORDER, pointsPerDay: 1)"),
    (
        "approver",
        "setReferralProgramme(input: {insteadOf: 1, lowestOrderMinor: 0, withinDays: 9})",
    ),
]


@pytest.mark.parametrize(("role", "change"), FOR_ALL)
async def test_what_holds_for_all_units_is_set_by_the_whole_organisations_alone(
    members, role, change
):
    customer = await members.register()
    province = members.harness.token(role, unit="hq.zj", scope="approve:finance")

    with pytest.raises(GraphFailed) as failed:
        await members.harness.graph(f"mutation {{ {change} {{ __typename }} }}", as_=province)

    assert failed.value.codes == ["FORBIDDEN"]
    await members.order(customer, 100_00)
    assert await members.balance(customer) == 100
