"""The published command finds whatever was tampered with, and needs nothing but Python."""

import copy
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from loyalty.lottery.fairness import FORMAT, Pool, canonical, digest, link_after, roll
from loyalty.lottery.models.terms import Prize
from loyalty.lottery.table import at_the_start, checked_table
from loyalty.red_packets.splitting import FORMAT as PACKET
from loyalty.red_packets.splitting import split

COMMAND = Path(__file__).parents[1] / "verify" / "verify_draws.py"
TABLE = checked_table(
    [
        Prize("phone", "A phone", "points", 50_000, amount=900, stock=2, fallback="mug"),
        Prize("mug", "A mug", "points", 300_000, amount=9, stock=30, per_day=5),
        Prize("blank", "Next time", "blank", 650_000),
    ]
)


def seed_of(number):
    return hashlib.sha256(f"seed {number}".encode()).hexdigest()


def an_epoch(number=1, previous="", left=None, draws=40):
    """An epoch as the service tells it, made of the rules alone."""
    prizes = at_the_start(TABLE, left or {each["code"]: each["stock"] for each in TABLE})
    opening = {
        "format": FORMAT,
        "lottery": "wheel",
        "epoch": number,
        "epoch_id": f"epoch-{number}",
        "seed_hash": digest(bytes.fromhex(seed_of(number))),
        "next_seed_hash": digest(bytes.fromhex(seed_of(number + 1))),
        "previous": previous,
        "starts_at": "2027-01-01T00:00:00+00:00",
        "ends_at": "2027-01-02T00:00:00+00:00",
        "prizes": prizes,
    }
    pool, head, told = Pool(prizes), digest(canonical(opening)), []
    opened = head
    for place in range(1, draws + 1):
        who = f"{place % 7:032x}"
        nonce = sum(each["who"] == who for each in told) + 1
        rolled = roll(seed_of(number), opening["epoch_id"], who, "c11e", nonce)
        code = pool.given_for(pool.named(rolled))
        pool.take(code)
        record = {
            "number": place, "who": who, "client_seed": "c11e", "nonce": nonce,
            "at": "2027-01-01T10:00:00+00:00", "prize": code, "withheld": [],
        }  # fmt: skip
        head = link_after(head, record)
        told.append({**record, "link": head})
    return {
        "opening": opening,
        "opening_hash": opened,
        "seed": seed_of(number),
        "count": draws,
        "head": head,
        "draws": told,
    }


def linked_anew(told):
    """Somebody who tampers makes the chain fit again."""
    head = told["opening_hash"] = digest(canonical(told["opening"]))
    for each in told["draws"]:
        del each["link"]
        head = each["link"] = link_after(head, each)
    return told | {"head": head, "count": len(told["draws"])}


@pytest.fixture
def verify(tmp_path):
    def run(*files, more=()):
        paths = []
        for number, told in enumerate(files):
            paths.append(tmp_path / f"{number}.json")
            paths[-1].write_text(json.dumps(told))
        done = subprocess.run(
            [sys.executable, "-I", "-S", COMMAND, "--json", *more, *paths],
            capture_output=True,
            text=True,
            check=False,
        )
        said = json.loads(done.stdout)
        assert (done.returncode == 0) == said["verified"]
        return said

    return run


def test_what_the_rules_make_is_verified_with_hash_and_receipt_told_before(verify):
    told = an_epoch()
    receipt = f"17:{told['draws'][16]['link']}"

    said = verify(told, more=["--opening", told["opening_hash"], "--receipt", receipt])

    assert (said["verified"], said["wrong"]) == (True, None)
    (report,) = said["files"]
    assert (report["draws"], report["receipts"], report["opening_was_compared"]) == (40, 1, True)
    assert report["prizes"]["mug"] == 5
    assert sum(report["prizes"].values()) == sum(report["hit_by_odds"].values()) == 40
    assert sum(report["odds"].values()) == 1_000_000


def _other_prize(told):
    draw = next(each for each in told["draws"] if each["prize"] == "blank")
    draw["prize"] = "phone"
    return linked_anew(told)


def _dropped(told):
    del told["draws"][4]
    return told | {"count": 39}


def _dropped_and_numbered_anew(told):
    del told["draws"][4]
    for place, each in enumerate(told["draws"], start=1):
        each["number"] = place
    return linked_anew(told)


def _last_dropped(told):
    told["draws"].pop()
    return told | {"count": 39}


def _swapped(told):
    told["draws"][2], told["draws"][3] = told["draws"][3], told["draws"][2]
    return told


def _other_seed(told):
    return told | {"seed": seed_of(99)}


def _other_seed_and_hash(told):
    told["opening"]["seed_hash"] = digest(bytes.fromhex(seed_of(99)))
    return linked_anew(told) | {"seed": seed_of(99)}


def _other_odds(told):
    told["opening"]["prizes"][0]["odds"] -= 1
    told["opening"]["prizes"][2]["odds"] += 1
    return told


def _more_stock(told):
    told["opening"]["prizes"][1]["per_day"] = 6
    return linked_anew(told)


def _withheld(told):
    draw = next(each for each in told["draws"] if each["prize"] == "mug")
    draw["withheld"], draw["prize"] = ["mug"], "blank"
    return linked_anew(told)


def _other_client_seed(told):
    for each in told["draws"]:
        each["client_seed"] = "bad5eed0"
    return linked_anew(told)


@pytest.mark.parametrize(
    ("tamper", "why"),
    [
        (_other_prize, "gave phone, and should have given"),
        (_dropped, "draw 5: draw 5 is missing, or out of order"),
        (_dropped_and_numbered_anew, "it is not the next draw of its customer"),
        (_last_dropped, "the chain does not end where it was told to"),
        (_swapped, "draw 3: draw 3 is missing, or out of order"),
        (_other_seed, "the seed is not the one committed to"),
        (_other_seed_and_hash, "should have given"),
        (_other_odds, "the opening is not what its hash says"),
        (_more_stock, "should have given"),
        (_withheld, "mug is nothing that could be withheld"),
        (_other_client_seed, "should have given"),
    ],
)
def test_whatever_is_tampered_with_is_found(verify, tamper, why):
    said = verify(tamper(copy.deepcopy(an_epoch())))

    assert why in said["wrong"]


def test_a_file_that_agrees_with_itself_is_not_the_one_that_was_told_before(verify):
    told, receipt = an_epoch(), an_epoch()["draws"][0]["link"]
    forged = linked_anew(an_epoch(draws=0) | {"opening": told["opening"] | {"epoch": 7}})

    by_hash = verify(forged, more=["--opening", told["opening_hash"]])
    by_receipt = verify(forged, more=["--receipt", f"1:{receipt}"])

    assert "not the one that was told before" in by_hash["wrong"]
    assert "draw 1 is not the one on the receipt" in by_receipt["wrong"]
    assert verify(forged)["verified"]


def test_epochs_follow_one_another_with_the_seed_committed_to_the_day_before(verify):
    first = an_epoch()
    second = an_epoch(2, previous=first["head"])

    assert verify(first, second)["verified"]
    assert "an epoch is missing" in verify(first, an_epoch(3, previous=first["head"]))["wrong"]
    assert "does not follow" in verify(first, an_epoch(2, previous="00"))["wrong"]


def a_packet(even=False):
    seed = bytes(range(32))
    name = UUID(int=5)
    cut = split(seed, name, 10_000, 20, 7, even=even)
    return {
        "format": PACKET, "code": "spring", "packet_id": str(name), "amount": 10_000, "parts": 20,
        "smallest": 7, "split": "even" if even else "random", "seed": seed.hex(),
        "seed_hash": hashlib.sha256(seed).hexdigest(), "taken": 15,
        "returned": sum(cut[15:]), "cut": cut,
    }  # fmt: skip


@pytest.mark.parametrize("even", [True, False])
def test_a_packet_is_cut_again(verify, even):
    told = a_packet(even)
    moved = told | {"cut": [told["cut"][0] + 1, told["cut"][1] - 1, *told["cut"][2:]]}

    assert verify(told, more=["--opening", told["seed_hash"]])["verified"]
    assert "part 1 is" in verify(moved)["wrong"]
    assert "do not make the sum" in verify(told | {"returned": told["returned"] + 1})["wrong"]
    assert "committed to" in verify(told | {"seed": "00" * 32})["wrong"]


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-I", "-S", COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("tamper", "field", "said"),
    [
        (
            lambda e: e["opening"].pop("seed_hash"),
            "opening.seed_hash",
            "is missing; it should be hex",
        ),
        (lambda e: e.pop("draws"), "draws", "is missing; it should be there"),
        (lambda e: e.update(draws={}), "draws", "is {}; it should be a list"),
        (lambda e: e.update(seed="zz"), "seed", 'is "zz"; it should be hexadecimal digits'),
        (lambda e: e.update(count="40"), "count", 'is "40"; it should be a whole number from 0'),
        (
            lambda e: e["opening"]["prizes"][2].update(odds=-1),
            "opening.prizes[2].odds",
            "is -1; it should be a whole number from 0",
        ),
        (
            lambda e: e["draws"].__setitem__(7, "lost"),
            "draws[7]",
            'is "lost"; it should be an object with number, who, client_seed',
        ),
        (
            lambda e: e["draws"][39].update(withheld=[None]),
            "draws[39].withheld[0]",
            "is null; it should be a text",
        ),
    ],
)
def test_a_file_of_another_shape_is_told_with_the_field_and_what_would_be_right(
    verify, tmp_path, tamper, field, said
):
    told = an_epoch()
    tamper(told)

    report = verify(told)
    shown = run(tmp_path / "0.json")

    assert report["unfit"]["field"] == field
    assert report["unfit"]["file"] == str(tmp_path / "0.json")
    assert f"0.json: {field} {said}" in report["wrong"]
    assert (shown.returncode, shown.stdout) == (2, f"CAN'T TELL: {report['wrong']}\n")


@pytest.mark.parametrize(
    ("content", "said", "where"),
    [
        (b'{"opening":\n  {"format": oops}}', "line 2, column 14", {"line": 2, "column": 14}),
        (b"", "line 1, column 1", {"line": 1, "column": 1}),
        (b'{"opening": "\xff"}', "byte 14 is not UTF-8", {"byte": 14}),
        (b'{"title": "Conflict"}', "GET /v1/lotteries/CODE/epochs/NUMBER", {"field": ""}),
        (b"[]", "it should be an object of GET", {"found": "[]"}),
        (b"[" * 200_000, "lies too deep", {}),
        (b"[" + b"9" * 5_000 + b"]", "too many digits", {}),
    ],
)
def test_what_can_not_be_read_is_told_with_its_place(tmp_path, content, said, where):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(an_epoch()))
    bad.write_bytes(content)

    shown = run("--json", good, bad)

    report = json.loads(shown.stdout)
    assert (shown.returncode, shown.stderr, report["verified"]) == (2, "", False)
    assert report["wrong"].startswith(f"{bad}: ")
    assert said in report["wrong"]
    assert report["unfit"]["file"] == str(bad)
    assert where.items() <= report["unfit"].items()


def test_a_missing_file_and_a_receipt_that_is_none_are_told(tmp_path):
    missing = run(tmp_path / "none.json")
    receipt = run("--receipt", "17", tmp_path / "none.json")

    assert (missing.returncode, missing.stdout) == (
        2,
        f"CAN'T TELL: {tmp_path / 'none.json'}: can't be read: No such file or directory\n",
    )
    assert receipt.returncode == 2
    assert "'17' is no NUMBER:LINK, such as 17:9f2c..." in receipt.stderr


def test_packets_of_impossible_parts_are_told_and_never_followed(verify):
    told = a_packet(even=False)

    assert "less than its smallest parts" in verify(told | {"smallest": 10**9})["wrong"]
    assert "not as many parts" in verify(told | {"parts": 10**15})["wrong"]
    assert verify(told | {"parts": 0})["unfit"]["field"] == "parts"
    assert "checked by itself" in verify(an_epoch(), told)["wrong"]
