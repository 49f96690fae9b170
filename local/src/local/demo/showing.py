"""What a person sees at the end of the demo."""

from typing import Any

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from local.demo.play import Outcome
from local.folder import Folder
from local.importing.cli import flattened
from local.running.plan import Plan
from local.terminal import answers as console

STEPS = {
    "contacts": "sent",
    "delivered": "reached",
    "presented": "shown",
    "accepted": "yes",
    "declined": "no",
    "converted": "bought",
}


def show(outcome: Outcome, folder: Folder) -> None:
    """Counts, the funnel by channel, the effect, one customer's story, and where to look on."""
    plan = Plan.read(folder)
    for service, counts in outcome.imported.items():
        table = Table(title=f"imported by {service}", title_justify="left", show_header=False)
        for name, value in flattened({key: counts[key] for key in counts if key != "attributes"}):
            table.add_row(name, value)
        console.print(table)
    console.print(_counts(outcome), _funnel(outcome.funnel), _effect(outcome.funnel["funnel"]))
    console.print(_story(outcome.story))
    console.print(_vouchers(outcome.vouchers))
    console.print(_reward(outcome.reward))
    console.print(_luck(outcome.luck))
    console.print(_standing(outcome.standing))
    console.print(_handed_over(outcome.handed_over), _programme(outcome.programme), sep="\n")
    console.print(_review(outcome.review))
    console.print(
        f"Every step of that story is in the trace [bold]{outcome.trace_id}[/]:\n"
        f"  {plan.url('desk')}/traces/{outcome.trace_id}\n"
        f"Ask on in the graph: {plan.url('gateway')}/graphql",
        soft_wrap=True,
    )


def _standing(found: dict[str, Any]) -> str:
    customer, board = found["customer"], found["memberLeaderboard"]
    clubs = ", ".join(edge["node"]["club"]["name"] for edge in customer["clubs"]["edges"])
    told = [f"They belong to {clubs or 'no club'}."]
    for each in customer["achievements"]:
        reached = ", ".join(level["name"] for level in each["reached"]) or "nothing yet"
        following = each["next"]
        more = f"; {each['missingToNext']} more for {following['name']}" if following else ""
        given = ", ".join(
            reward["reference"]
            for level in each["reached"]
            for reward in level["rewards"]
            if reward["state"] == "GIVEN"
        )
        gave = f", which gave them {given}" if given else ""
        told.append(f"{each['achievement']['name']}: {reached}{gave}{more}.")
    for wallet in customer["points"]["wallets"]:
        told += [
            f"{each['points']:,} {wallet['currency']} more may be spent from "
            f"{each['usableAt'][:10]} on."
            for each in wallet["upcoming"]
        ]
    if board["mine"]:
        told.append(f"Number {board['mine']['rank']} of {board['members']:,} this month.")
    return " ".join(told)


def _vouchers(quote: dict[str, Any]) -> str:
    off = ", ".join(f"{e['code']} {e['discount']['minor'] / 100:.2f}" for e in quote["applied"])
    left = quote["total"]["minor"] / 100
    till = quote["till"]["discount_minor"] / 100
    return (
        f"Their vouchers take off {off}: {left:.2f} CNY are left to pay. "
        f"At a partner's till one was reserved for {till:.2f} off, and released."
    )


def _reward(redemption: dict[str, Any]) -> str:
    return f"For {redemption['price']:,} points they take {redemption['title'].lower()}."


def _luck(luck: dict[str, Any]) -> str:
    packet, draw = luck["packet"], luck["draw"]
    largest = max((each["amount"] for each in packet["leaderboard"]), default=0)
    return (
        f"{packet['taken']} customers share a red packet of {packet['sum'] / 100:.2f} CNY, the "
        f"luckiest gets {largest / 100:.2f}; draw {draw['draw']['number']} of the lottery gives: "
        f"{draw['prize']['name'].lower()}."
    )


def _handed_over(fulfilment: dict[str, Any]) -> str:
    return f"The store hands it over: {fulfilment['state'].lower()}, {fulfilment['reference']}."


def _programme(figures: dict[str, Any]) -> str:
    moved = f"{figures['earned']:,} points earned, {figures['burned']:,} burned"
    owed = f"{figures['outstanding']:,} outstanding, worth {figures['value_minor'] / 100:,.2f} CNY"
    return f"The programme since last month: {moved}; {owed}."


def _review(review: dict[str, Any]) -> str:
    found = review["findings"][0]
    return (
        f"They gave a friend {review['points']} points, which wait for a reviewer: "
        f"{found['name'].lower()}, {found['measured']} where {found['threshold']} are allowed."
    )


def _counts(outcome: Outcome) -> Table:
    table = Table(title=f"What happened in {outcome.run}", title_justify="left", show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    for name, count in outcome.counts.items():
        table.add_row(name.replace("_", " "), f"{count:,}")
    for name, figure in outcome.latency_ms.items():
        table.add_row(f"touchpoint event to task, {name}", f"{figure:,.0f} ms")
    return table


def _funnel(campaign: dict[str, Any]) -> Table:
    funnel = campaign["funnel"]
    table = Table(title=f"Funnel of “{campaign['name']}”", title_justify="left")
    table.add_column("channel")
    for step in (*STEPS.values(), "revenue", "cost"):
        table.add_column(step, justify="right", no_wrap=True)
    rows = [
        (each["channel"]["name"] or each["channel"]["code"], each) for each in funnel["byChannel"]
    ]
    for name, figures in (*rows, ("all", funnel["totals"])):
        cells = [f"{figures[step]:,}" for step in STEPS]
        revenue, cost = figures["revenue"], figures["cost"]
        table.add_row(name, *cells, _money(revenue), _money({**revenue, **cost}))
    return table


def _effect(funnel: dict[str, Any]) -> Table:
    table = Table(title="Against the control group", title_justify="left")
    for name in ("group", "customers", "bought", "rate"):
        table.add_column(name, justify="left" if name == "group" else "right")
    for group in ("treatment", "control"):
        figures = funnel[group]
        rate = "-" if figures["rate"] is None else f"{figures['rate']:.1%}"
        table.add_row(group, f"{figures['customers']:,}", f"{figures['converted']:,}", rate)
    if lift := funnel["lift"]:
        interval = f"{lift['low']:+.1%} to {lift['high']:+.1%}"
        table.caption = f"lift {lift['rate']:+.1%}, with 95% confidence {interval}"
    return table


def _story(story: dict[str, Any]) -> Panel:
    points = story["points"] or {"balance": 0, "tier": {"name": "-"}}
    holdings = ", ".join(each["productCode"] for each in story["holdings"]) or "nothing"
    facts = Text(
        f"{story['status'].lower()}, of {story['unit']}, holds {holdings}, "
        f"has {points['balance']:,} points, tier {points['tier']['name']}"
    )
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for edge in story["timeline"]["edges"]:
        entry = edge["node"]
        table.add_row(entry["occurredAt"][11:23], entry["source"], entry["title"])
    return Panel(
        Group(facts, table), title="One customer's story, newest first", title_align="left"
    )


def _money(amount: dict[str, Any]) -> str:
    return f"{amount['minor'] / 100:,.2f} {amount['currency']}"
