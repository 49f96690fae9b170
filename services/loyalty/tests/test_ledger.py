from collections import Counter

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from kit.errors import NotFound
from kit.models import uuid7
from kit.testing.harness import GraphFailed
from loyalty.ledger.commands import look_through_ledger, rounds, watch_ledger
from loyalty.ledger.models import FaultKind
from loyalty.points.commands import post
from loyalty.points.models import NewPosting
from loyalty.reports.commands import fold_ledger


def a_posting(account, points, kind="earn", **more):
    return NewPosting(
        account_id=account,
        key=more.pop("key", str(uuid7())),
        kind=kind,
        points=points,
        reason="test",
        source_kind="request",
        source_id="1",
        **more,
    )


@pytest.fixture
def post_all(members):
    async def act(*postings):
        async with members.harness.db.transaction() as session:
            return await post(session, postings)

    return act


async def test_the_ledger_of_nobody_is_all_zeros(members):
    assert set((await members.ledger()).values()) == {0}


async def test_the_ledger_adds_up_what_members_have_and_owe(members, spend):
    one, other = await members.register(), await members.register()
    await members.order(one, 100_00)
    order = await members.order(other, 50_00)
    await spend(other, 20)
    await members.cancel(other, order)

    assert await members.ledger() == {
        "postings": 4,
        "entries": 9,
        "sumOfEntries": 0,
        "postingsOutOfBalance": 0,
        "accountsOutOfBalance": 0,
        "lotsOutOfBalance": 0,
        "transfersOutOfBalance": 0,
        "negativeBalances": 0,
        "reportsOutOfBalance": 0,
        "liability": 100,
        "debts": 20,
    }


@pytest.fixture
def watch(members):
    async def act():
        """What the watch counts after a turn: postings and wallets that do not add up."""
        await members.harness.turn(fold_ledger)
        await members.harness.turn(watch_ledger)
        await members.harness.running.measure()
        return tuple(
            REGISTRY.get_sample_value("ledger_out_of_balance", {"kind": kind})
            for kind in ("posting", "wallet")
        )

    return act


async def test_what_is_posted_is_watched_until_it_adds_up_again(members, spend, watch):
    one, other = await members.register(), await members.register()
    await members.order(one, 100_00)
    await spend(one, 20)
    sound = await watch()
    await members.order(one, 10_00)
    await members.order(other, 10_00)
    await members.sql("UPDATE wallet SET balance = balance + 7 WHERE balance = 90")
    await members.sql("ALTER TABLE posting DISABLE TRIGGER history_stands")
    await members.sql("UPDATE posting SET points = points + 1 WHERE points = 10")

    wrong = await watch()
    again = await watch()
    await members.sql("UPDATE posting SET points = points - 1 WHERE points = 11")
    halfway = await watch()
    await members.sql("UPDATE wallet SET balance = balance - 7 WHERE balance = 97")

    assert (sound, wrong, again, halfway) == ((0, 0), (2, 1), (2, 1), (0, 1))
    assert await watch() == (0, 0)


# What two of whom one gave to the other, redeemed, owe and keep locked, and nobody touches.
CORRUPTIONS = {
    "a wallet that says more than its lots": (
        "UPDATE wallet SET balance = balance + 7 WHERE account_id = :mine",
        {"wallet": 1},
    ),
    "locked points that nobody reserved": (
        "UPDATE wallet SET locked = locked + 7 WHERE account_id = :mine",
        {"wallet": 1},
    ),
    "a debt that nobody made": (
        "UPDATE wallet SET debt = debt + 7 WHERE account_id = :owing",
        {"wallet": 1},
    ),
    "pending points of nowhere": (
        "UPDATE wallet SET pending = 7 WHERE account_id = :owing",
        {"wallet": 1},
    ),
    "a reservation that was settled by nothing": (
        "UPDATE reservation SET settled_by = id WHERE account_id = :mine",
        {"wallet": 1},
    ),
    "a lot that says more is left": (
        "UPDATE lot SET remaining = remaining + 1 WHERE account_id = :mine AND remaining = 60",
        {"lot": 1, "wallet": 1},
    ),
    "a lot that says it was larger": (
        "UPDATE lot SET points = points + 1 WHERE account_id = :mine AND points = 100",
        {"lot": 1},
    ),
    "a use of a lot that was no use": (
        "UPDATE lot_use SET points = points + 1 WHERE lot_id IN "
        "(SELECT id FROM lot WHERE account_id = :mine AND points = 100) AND points = 30",
        {"lot": 1},
    ),
    "a posting of other points": (
        "UPDATE posting SET points = points + 1 WHERE account_id = :mine AND kind = 'earn'",
        {"posting": 1, "report": 1},
    ),
    "an entry too large": (
        "UPDATE entry SET amount = amount + 1 WHERE line = 1 AND posting_id IN "
        "(SELECT id FROM posting WHERE account_id = :mine AND kind = 'earn')",
        {"posting": 1, "wallet": 1},
    ),
    "an entry of another account of the programme": (
        "UPDATE entry SET account_kind = 'expiry' WHERE line = 5 AND posting_id IN "
        "(SELECT id FROM posting WHERE account_id = :mine AND kind = 'earn')",
        {"posting": 1},
    ),
    "an entry of another member": (
        "UPDATE entry SET account_id = :owing WHERE line = 1 AND posting_id IN "
        "(SELECT id FROM posting WHERE account_id = :mine AND kind = 'earn')",
        {"wallet": 1},
    ),
    "entries whose posting is gone": (
        "INSERT INTO entry VALUES (:nothing, 1, 'wallet', :mine, 5, 5), "
        "(:nothing, 5, 'liability', NULL, -5, NULL)",
        {"posting": 1},
    ),
    "a posting whose entries are gone": (
        "DELETE FROM entry WHERE posting_id IN "
        "(SELECT id FROM posting WHERE account_id = :mine AND kind = 'earn')",
        {"posting": 1, "wallet": 1},
    ),
    "a gift that nobody got": (
        "UPDATE posting SET settles = NULL WHERE kind = 'transfer' AND points > 0",
        {"transfer": 2},
    ),
    "a report that says less": (
        "UPDATE points_flow SET points = points - 1 WHERE kind = 'earn'",
        {"report": 1},
    ),
}


@pytest.fixture
async def history(members, spend, watch):
    """Two members, of whom one gave 10 to the other, with what a wallet may have of everything."""
    one, other = await members.register(), await members.register()
    await members.order(one, 100_00)
    await members.order(other, 50_00)
    cancelled = await members.order(other, 20_00)
    accounts = [await members.account(each) for each in (one, other)]
    for who, name, asked in (
        (0, "transferPoints", {"fromAccountId": accounts[0], "toAccountId": accounts[1]}),
        (0, "reservePoints", {"accountId": accounts[0]}),
    ):
        declared = name[0].upper() + name[1:] + "Input!"
        given = asked | {"points": 10 + 20 * (name == "reservePoints"), "reason": "a test"}
        given["idempotencyKey"] = str(uuid7())
        mutation = f"mutation ($i: {declared}) {{ {name}(input: $i) {{ __typename }} }}"
        done = (await members.harness.graph(mutation, as_=members.operator, i=given))[name]
        assert done["__typename"].startswith("PointsWere"), who
    await spend(other, 75)
    await members.cancel(other, cancelled)
    assert await members.points(other) == {"balance": 0, "debt": 15}
    assert await watch() == (0, 0)
    return {"mine": accounts[0], "owing": accounts[1], "nothing": "0" * 31 + "1"}


@pytest.fixture
def round_over(members):
    """A round over the whole ledger, of bites so small that it has to be resumed."""

    async def act():
        await members.sql("UPDATE ledger_round SET began_at = 'epoch', phase = 'resting'")
        turns = 0
        while turns == 0 or await members.scalar("SELECT phase FROM ledger_round") != "resting":
            await members.harness.turn(look_through_ledger)
            turns += 1
        await members.harness.turn(watch_ledger)
        await members.harness.running.measure()
        return {
            kind: found
            for kind in FaultKind
            if (found := REGISTRY.get_sample_value("ledger_out_of_balance", {"kind": kind}))
        }

    return act


@pytest.fixture
def _small_bites(monkeypatch):
    for each in ("POSTINGS_AT_ONCE", "WALLETS_AT_ONCE", "LOTS_AT_ONCE"):
        monkeypatch.setattr(rounds, each, 3)


@pytest.fixture
def by_hand(members):
    """What somebody does to the database whom no trigger and no constraint stops."""

    async def act(*statements, **values):
        async with members.harness.db.transaction() as session:
            await session.execute(text("SET LOCAL session_replication_role = replica"))
            for each in statements:
                needed = {name: value for name, value in values.items() if f":{name}" in each}
                await session.execute(text(each), needed)

    return act


HELD = ("wallet", "reservation", "lot", "lot_use", "posting", "entry", "points_flow")


@pytest.mark.usefixtures("_small_bites")
async def test_whatever_was_written_by_hand_is_told_within_a_round_until_it_is_mended(
    members, history, round_over, by_hand
):
    await by_hand(*(f"CREATE TABLE kept_{each} AS TABLE {each}" for each in HELD))
    sound = await round_over()

    for what, (statement, wrong) in CORRUPTIONS.items():
        await by_hand(statement, **history)
        with capture_logs() as logs:
            found = await round_over()
        unsound = not await members.is_sound()
        for each in HELD:
            await by_hand(f"DELETE FROM {each}", f"INSERT INTO {each} TABLE kept_{each}")
        await (round_over() if "report" in wrong else members.harness.turn(watch_ledger))

        told = Counter()
        for log in logs:
            if log["event"] == "ledger_out_of_balance":
                told[log["kind"]] += log["found"]
        assert (what, found) == (what, wrong)
        assert (what, told) == (what, wrong)
        assert (what, unsound) == (what, True)

    assert (sound, await round_over()) == ({}, {})


async def test_a_round_goes_on_where_it_stopped_and_the_next_one_waits_an_hour(
    members, history, round_over
):
    await round_over()
    whole = await members.scalar("SELECT whole_since FROM ledger_round")

    for _ in range(3):
        await members.harness.turn(look_through_ledger)
    waited = await members.scalar("SELECT (phase, began_at = whole_since)::text FROM ledger_round")
    await members.sql("UPDATE ledger_round SET began_at = began_at - interval '1 hour'")
    await members.harness.turn(look_through_ledger)

    assert waited == "(resting,t)"
    assert await members.scalar("SELECT phase FROM ledger_round") == "postings"
    assert await members.scalar("SELECT whole_since FROM ledger_round") == whole
    assert REGISTRY.get_sample_value("ledger_round_age_seconds") >= 0


async def test_what_is_posted_and_folded_during_a_round_is_no_fault_of_it(
    members, history, watch, monkeypatch, round_over
):
    monkeypatch.setattr(rounds, "POSTINGS_AT_ONCE", 3)
    await members.sql("UPDATE ledger_round SET began_at = 'epoch'")
    customer = await members.register()

    phases = set()
    for turn in range(40):
        await members.harness.turn(look_through_ledger)
        phases.add(await members.scalar("SELECT phase FROM ledger_round"))
        if turn < 6:
            await members.order(customer, 10_00)
            assert await watch() == (0, 0)

    assert phases == {"postings", "wallets", "lots", "resting"}
    assert await members.scalar("SELECT found FROM ledger_round") == 0
    assert await round_over() == {}


async def test_only_operators_and_analysts_see_the_ledger(members):
    with pytest.raises(GraphFailed) as failed:
        await members.harness.graph(
            "{ ledger { postings } }", as_=members.harness.token("marketer")
        )

    assert failed.value.codes == ["FORBIDDEN"]


@pytest.mark.parametrize(
    "query", ["{ ledger { liability debts } }", "{ redemptionBalance { stocksOutOfBalance } }"]
)
@pytest.mark.parametrize("role", ["operator", "analyst"])
async def test_what_is_added_up_over_all_units_is_for_the_unit_of_all(members, query, role):
    province = members.harness.token(role, unit="hq.zj")

    with pytest.raises(GraphFailed) as failed:
        await members.harness.graph(query, as_=province)

    assert failed.value.codes == ["FORBIDDEN"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET amount = amount + 1",
        "DELETE FROM entry",
        "TRUNCATE entry",
        "UPDATE posting SET points = 1",
        "UPDATE posting SET reason = 'for what it is worth'",
        "UPDATE posting SET reason = 'erased', points = 1",
        "DELETE FROM posting",
        "TRUNCATE posting CASCADE",
    ],
)
async def test_history_is_never_rewritten(members, statement):
    await members.order(await members.register(), 100_00)

    with pytest.raises(DBAPIError, match="the ledger is only added to"):
        await members.sql(statement)

    assert (await members.ledger())["postings"] == 1


async def test_entries_that_do_not_sum_to_zero_are_refused(members):
    customer = await members.register()
    await members.order(customer, 100_00)

    with pytest.raises(DBAPIError, match="sum to zero"):
        await members.sql(
            "INSERT INTO entry (posting_id, line, account_kind, account_id, amount, balance_after) "
            "SELECT id, 2, 'debt', account_id, 5, 0 FROM posting"
        )

    assert await members.is_sound()


@pytest.mark.parametrize("wrong", ["balance = -1", "debt = -1", "balance = 100, debt = 1"])
async def test_a_balance_below_zero_or_a_debt_beside_it_can_not_be_stored(members, wrong):
    await members.order(await members.register(), 100_00)

    with pytest.raises(DBAPIError, match="check constraint"):
        await members.sql(f"UPDATE wallet SET {wrong}")


async def test_a_balance_changed_behind_the_ledgers_back_is_found(members):
    await members.order(await members.register(), 100_00)

    await members.sql("UPDATE wallet SET balance = 101")

    assert (await members.ledger())["accountsOutOfBalance"] == 1


async def test_a_batch_posts_each_key_once_and_says_what_became_of_each(members, post_all):
    account = await members.account(await members.register())
    first = a_posting(account, 10, key="a")

    await post_all(first)
    answers = await post_all(
        a_posting(account, 10, key="a"),
        a_posting(account, 5, key="b"),
        a_posting(account, 5, key="b"),
    )

    assert [(each.outcome, each.points, each.balance) for each in answers] == [
        ("repeated", 10, 10),
        ("posted", 5, 15),
        ("repeated", 5, 15),
    ]
    assert answers[0].posting_id == first.id


async def test_a_batch_on_one_account_runs_in_the_order_of_its_postings(members, post_all):
    customer = await members.register()
    account = await members.account(customer)

    answers = await post_all(
        a_posting(account, 100),
        a_posting(account, -150, "reverse"),
        a_posting(account, 30),
        a_posting(account, 40),
    )

    assert [each.balance for each in answers] == [100, 0, 0, 20]
    assert await members.points(customer) == {"balance": 20, "debt": 0}
    assert await members.is_sound()


async def test_of_two_spends_in_a_batch_the_one_that_is_too_much_is_refused(members, post_all):
    customer = await members.register()
    account = await members.account(customer)
    await post_all(a_posting(account, 100))

    answers = await post_all(a_posting(account, -60, "spend"), a_posting(account, -60, "spend"))

    assert [(each.outcome, each.balance) for each in answers] == [("posted", 40), ("refused", 40)]
    assert await members.balance(customer) == 40
    assert await members.is_sound()


async def test_a_batch_with_an_unknown_account_fails_whole(members, post_all):
    customer = await members.register()
    account = await members.account(customer)

    with pytest.raises(NotFound):
        await post_all(a_posting(account, 100), a_posting(uuid7(), 100))

    assert await members.balance(customer) == 0
    assert await members.announced("points.earned") == []


@pytest.mark.parametrize(
    ("points", "kind"), [(0, "earn"), (-1, "earn"), (1, "spend"), (1, "reverse"), (10**13, "earn")]
)
async def test_a_posting_of_the_wrong_sign_or_size_is_refused(members, post_all, points, kind):
    account = await members.account(await members.register())

    with pytest.raises(DBAPIError, match="check constraint"):
        await post_all(a_posting(account, points, kind))

    assert (await members.ledger())["postings"] == 0


async def test_what_a_partner_funds_is_booked_against_the_partner(members, post_all):
    customer = await members.register()

    await post_all(
        a_posting(await members.account(customer), 10, against="partner_funding", partner="p1")
    )

    fields = "postings(first: 1) { edges { node { entries { account amount } } } }"
    (edge,) = (await members.points(customer, fields))["postings"]["edges"]
    assert edge["node"]["entries"] == [
        {"account": "wallet", "amount": 10},
        {"account": "partner_funding", "amount": -10},
    ]
