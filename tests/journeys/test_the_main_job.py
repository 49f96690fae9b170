"""The main job as a new user meets it: import, campaign, touchpoints, rewards, one trace."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.platform import Platform, platform

from local.demo.people import write_people

pytestmark = pytest.mark.timeout(900)
ACHIEVED = 5
SERVICES = {"gateway", "customer", "campaign", "channel", "loyalty"}
STEPS = {
    *SERVICES,
    "INSERT",
    "react decide_touchpoints",
    "publish octoreach.campaign.task.dispatched.v1",
    "react earn_points_for_orders",
    "publish octoreach.loyalty.points.earned.v1",
}


def test_the_main_job_leads_from_a_file_of_customers_to_rewards_and_figures(tmp_path: Path) -> None:
    with platform() as running:
        outcome = running.demo("--people", "60", "--events", "60", "--rate", "12", "--run", "one")
        spans = spans_of(running, outcome["trace_id"])
        interrupted = interrupted_and_repeated_import(running, tmp_path)

    the_counts_agree(outcome)
    the_story_is_whole(outcome["story"])
    assert (outcome["reward"]["state"], outcome["reward"]["price"]) == ("CONFIRMED", 150)
    packet = outcome["luck"]["packet"]
    assert (packet["state"], packet["taken"], packet["sum"]) == ("EMPTIED", 10, 10_000)
    assert outcome["luck"]["draw"]["draw"]["number"] == 1
    what_waits_and_what_was_reached_is_shown(outcome["standing"]["customer"])
    assert (outcome["handed_over"]["state"], outcome["handed_over"]["reference"]) == (
        "COMPLETED",
        "SN-one",
    )
    assert outcome["programme"]["earned"] > outcome["programme"]["burned"] > 0
    assert outcome["programme"]["out_of_balance"] == 0
    assert {span["service"] for span in spans} == SERVICES
    names = Counter(span["name"] for span in spans)
    assert names["react decide_touchpoints"] == 1
    assert names["react earn_points_for_orders"] == 1
    assert names["publish octoreach.campaign.task.dispatched.v1"] == 1
    assert names["INSERT"] > 5
    first, again = interrupted
    assert (first["registered"], first["unchanged"], first["rejected"]) == (3_000, 0, 0)
    assert again == first


def the_counts_agree(outcome: dict[str, Any]) -> None:
    """Every event is decided, every offer is a task, every yes an order, every order points.

    The one posting more is what the traced customer spends on a reward; an achievement gives whoever
    came by some points besides, as soon as it is heard of.
    """
    counts, funnel = outcome["counts"], outcome["funnel"]["funnel"]
    by_outcome = [counts[f"decisions_{each}"] for each in ("offered", "held_out", "nothing")]
    assert counts["customers"] == counts["events"] == counts["decisions"] == sum(by_outcome) == 60
    assert counts["tasks"] == counts["decisions_offered"] + 1
    assert counts["conversions"] == counts["accepted"] == counts["orders"] + 1
    assert counts["postings"] >= 2 * counts["conversions"] + 1
    assert funnel["totals"]["delivered"] == funnel["totals"]["contacts"] == counts["tasks"]
    assert sum(each["contacts"] for each in funnel["byChannel"]) == counts["tasks"]
    assert funnel["treatment"]["customers"] == counts["tasks"]
    assert outcome["funnel"]["budget"]["committed"]["minor"] == 0
    assert outcome["latency_ms"]["p50"] <= outcome["latency_ms"]["p99"]


def what_waits_and_what_was_reached_is_shown(customer: dict[str, Any]) -> None:
    """Thirty points of the order may be spent two weeks later; the first level gave a voucher."""
    (wallet,) = [each for each in customer["points"]["wallets"] if each["currency"] == "points"]
    (regular,) = customer["achievements"]
    assert [each["points"] for each in wallet["upcoming"]] == [30]
    assert regular["reached"] == [
        {
            "name": "bronze",
            "rewards": [{"kind": "VOUCHER", "reference": "thank-you", "state": "GIVEN"}],
        }
    ]


def the_story_is_whole(story: dict[str, Any]) -> None:
    assert story["status"] == "ACTIVE"
    assert [each["productCode"] for each in story["holdings"]] == ["streaming-plus"]
    amount = story["orders"]["edges"][0]["node"]["amount"]["minor"]
    assert story["points"]["balance"] - 200 - amount // 100 in (0, ACHIEVED)
    kinds = {edge["node"]["kind"] for edge in story["timeline"]["edges"]}
    assert kinds >= {
        "touchpoint", "decision", "task_dispatched", "task_progressed", "order_placed",
        "points_earned", "benefit_fulfilled", "conversion",
    }  # fmt: skip


def spans_of(running: Platform, trace: str) -> list[dict[str, Any]]:
    """The spans of a trace, once every service has sent its own and no more come in."""
    url = f"{running.plan.url('desk')}/api/traces/{trace}"
    found: list[dict[str, Any]] = []
    for _ in range(120):
        answer = httpx.get(url, timeout=60)
        before, found = found, answer.json()["spans"] if answer.is_success else []
        told = {span[part] for span in found for part in ("service", "name")}
        if len(found) == len(before) and told >= STEPS:
            break
        time.sleep(1)
    return found


def interrupted_and_repeated_import(
    running: Platform, tmp_path: Path
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Kill an import in its middle, go on, and then import all of it again: the counts of both."""
    people = tmp_path / "people.csv"
    write_people(people, 3_000, "import")
    arguments = ["import", "--customers", str(people), "--json", "--folder", str(running.folder)]
    victim = subprocess.Popen(
        [sys.executable, "-m", "local", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(2.5)
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    first, again = (json.loads(running.local(*arguments[:-2])) for _ in range(2))
    return first["customer"]["counts"], again["customer"]["counts"]
