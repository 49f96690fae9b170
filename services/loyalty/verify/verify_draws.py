#!/usr/bin/env python3
"""Check a lottery's draws, or how a red packet was split, with nothing but this file and Python.

    python verify_draws.py epoch-1.json epoch-2.json
    python verify_draws.py --opening HASH --receipt 17:LINK epoch-1.json
    python verify_draws.py --json epoch-1.json

The files come from GET /v1/lotteries/CODE/epochs/NUMBER and GET /v1/red-packets/CODE/split. What was
told before the first draw, and what you were told when you drew, you know from elsewhere: give the
hash of the opening (of a packet: of the seed) with --opening, and your draw's number and link with
--receipt, or this program can only say that the file agrees with itself. Ends with 0 if all is
well, 1 if not, 2 if it can't tell.
"""

import argparse
import hashlib
import hmac
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

Told: TypeAlias = Mapping[str, Any]
Receipts: TypeAlias = Sequence[tuple[int, str]]
LOTTERY = "octoreach-lottery/1"
PACKET = "octoreach-red-packet/1"
MILLION = 1_000_000
HANDED_OUT = ("reward", "voucher")
RECORD = ("number", "who", "client_seed", "nonce", "at", "prize", "withheld")


class Wrong(Exception):
    """Something is not as it was promised; the message says what."""


def canonical(said: Told) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Wrong(otherwise)


def words_of(seed: bytes, about: str, size: int) -> Iterator[int]:
    """What a seed gives, as words of so many bytes."""
    for block in count():
        given = hmac.digest(seed, f"{about}|{block}".encode(), "sha256")
        for at in range(0, len(given), size):
            yield int.from_bytes(given[at : at + size], "big")


def fair(words: Iterator[int], size: int, limit: int) -> int:
    """The next number below a limit; words that would make some likelier are left out."""
    enough = 256**size - 256**size % limit
    while (word := next(words)) >= enough:
        pass
    return word % limit


def roll(seed: bytes, epoch_id: str, who: str, client_seed: str, nonce: int) -> int:
    """The number of a million that the seed gives a draw."""
    about = f"{LOTTERY}|{epoch_id}|{who}|{client_seed}|{nonce}"
    return fair(words_of(seed, about, 4), 4, MILLION)


class Pool:
    """The prizes, and what is left of them after the draws that were checked."""

    def __init__(self, prizes: Sequence[Told]) -> None:
        self.prizes = {str(each["code"]): each for each in prizes}
        require(len(self.prizes) == len(prizes), "two prizes have the same code")
        require(sum(each["odds"] for each in prizes) == MILLION, "the odds do not make a million")
        self.left: dict[str, int | None] = {each["code"]: each["left"] for each in prizes}
        self.today = dict.fromkeys(self.prizes, 0)
        self.hit = dict.fromkeys(self.prizes, 0)

    def is_there(self, code: str) -> bool:
        left, per_day = self.left[code], self.prizes[code]["per_day"]
        return (left is None or left > 0) and (per_day is None or self.today[code] < int(per_day))

    def named(self, number: int) -> str:
        """The prize to which the odds give a number."""
        for code, prize in self.prizes.items():
            number -= prize["odds"]
            if number < 0:
                return code
        raise Wrong("the odds do not make a million")

    def deserved(self, number: int, withheld: Sequence[str]) -> str:
        """The prize for a number, or what stands in for it."""
        code = self.named(number)
        self.hit[code] += 1
        passed: set[str] = set()
        while not self.is_there(code) or code in withheld:
            require(code not in passed, "the fallbacks of the prizes lead nowhere")
            passed.add(code)
            code = self.prizes[code]["fallback"]
            require(code in self.prizes, "a fallback is no prize")
        unasked = set(withheld) - passed
        require(not unasked, f"{', '.join(sorted(unasked))} was withheld and had not been drawn")
        return code

    def take(self, code: str) -> None:
        left = self.left[code]
        self.left[code] = None if left is None else left - 1
        self.today[code] += 1


def check_opening(told: Told, opening_hash: str | None) -> tuple[Told, bytes, str]:
    """What the epoch was opened with, and whether that is what was told before the first draw."""
    opening = told["opening"]
    require(opening["format"] == LOTTERY, f"these rules are not {LOTTERY}")
    found = sha256(canonical(opening))
    require(found == told["opening_hash"], "the opening is not what its hash says")
    if opening_hash is not None:
        require(found == opening_hash.lower(), "the opening is not the one that was told before")
    seed = bytes.fromhex(told["seed"])
    require(sha256(seed) == opening["seed_hash"], "the seed is not the one committed to")
    return opening, seed, found


def check_draw(draw: Told, pool: Pool, seed: bytes, epoch_id: str, nonces: dict[str, int]) -> None:
    """Whether a draw is what the seed and the prizes left made of it."""
    who = draw["who"]
    require(draw["nonce"] == nonces.get(who, 0) + 1, "it is not the next draw of its customer")
    nonces[who] = draw["nonce"]
    for code in draw["withheld"]:
        kind = pool.prizes.get(code, {}).get("kind")
        require(kind in HANDED_OUT, f"{code} is nothing that could be withheld")
    number = roll(seed, epoch_id, who, draw["client_seed"], draw["nonce"])
    deserved = pool.deserved(number, draw["withheld"])
    require(draw["prize"] == deserved, f"it gave {draw['prize']}, and should have given {deserved}")
    pool.take(deserved)


def check_epoch(told: Told, opening_hash: str | None, receipts: Receipts) -> dict[str, Any]:
    """All of an epoch, or Wrong with the draw and what is wrong with it; a report."""
    opening, seed, link = check_opening(told, opening_hash)
    pool, withheld = Pool(opening["prizes"]), 0
    nonces: dict[str, int] = {}
    links: dict[int, str] = {}
    for place, draw in enumerate(told["draws"], start=1):
        try:
            require(draw["number"] == place, f"draw {place} is missing, or out of order")
            record = {name: draw[name] for name in RECORD}
            link = sha256(bytes.fromhex(link) + canonical(record))
            require(link == draw["link"], "its link does not follow from what is said before it")
            check_draw(draw, pool, seed, opening["epoch_id"], nonces)
        except Wrong as wrong:
            raise Wrong(f"draw {place}: {wrong}") from None
        links[place] = link
        withheld += bool(draw["withheld"])
    require(told["count"] == len(links), f"{told['count']} draws were told, {len(links)} are here")
    require(told["head"] == link, "the chain does not end where it was told to")
    for number, wanted in receipts:
        require(links.get(number) == wanted, f"draw {number} is not the one on the receipt")
    return {
        "kind": "lottery",
        "name": f"{opening['lottery']}, epoch {opening['epoch']}",
        "draws": len(links),
        "prizes": {code: pool.today[code] for code in pool.prizes},
        "odds": {code: prize["odds"] for code, prize in pool.prizes.items()},
        "hit_by_odds": pool.hit,
        "draws_with_withheld_prizes": withheld,
        "opening_was_compared": opening_hash is not None,
        "receipts": len(receipts),
    }


def check_succession(before: Told, after: Told) -> None:
    """Whether an epoch goes on where the one before it ended."""
    first, second = before["opening"], after["opening"]
    require(first["lottery"] == second["lottery"], "the files are of two lotteries")
    require(second["epoch"] == first["epoch"] + 1, "an epoch is missing between the files")
    require(second["previous"] == before["head"], "it does not follow the epoch before")
    committed = "its seed is not the one that the epoch before has committed to"
    require(second["seed_hash"] == first["next_seed_hash"], committed)


def cut_again(told: Told) -> list[int]:
    """The parts that the seed makes of the sum."""
    parts, amount = told["parts"], told["amount"]
    words = words_of(bytes.fromhex(told["seed"]), f"{PACKET}|{told['packet_id']}", 8)
    if told["split"] == "even":
        cut = [amount // parts + (number < amount % parts) for number in range(parts)]
    else:
        above, cut = amount - parts * told["smallest"], []
        for left in range(parts, 1, -1):
            more = fair(words, 8, 2 * above // left + 1)
            cut.append(told["smallest"] + more)
            above -= more
        cut.append(told["smallest"] + above)
    for last in range(parts - 1, 0, -1):
        other = fair(words, 8, last + 1)
        cut[last], cut[other] = cut[other], cut[last]
    return cut


def check_split(told: Told, seed_hash: str | None, receipts: Receipts) -> dict[str, Any]:
    """Whether a red packet's parts are what its seed makes of the sum."""
    require(not receipts, "a red packet has no receipts")
    require(told["format"] == PACKET, f"these rules are not {PACKET}")
    found = sha256(bytes.fromhex(told["seed"]))
    require(found == told["seed_hash"], "the seed is not the one committed to")
    if seed_hash is not None:
        require(found == seed_hash.lower(), "the seed is not the one whose hash was told before")
    cut = cut_again(told)
    for number, (here, there) in enumerate(zip(cut, told["cut"], strict=False), start=1):
        require(here == there, f"part {number} is {there}, and should be {here}")
    require(len(cut) == len(told["cut"]), "there are not as many parts as were told")
    given = sum(cut[: told["taken"]])
    require(given + told["returned"] == told["amount"], "taken and returned do not make the sum")
    return {
        "kind": "red packet",
        "name": told["code"],
        "parts": len(cut),
        "amount": sum(cut),
        "opening_was_compared": seed_hash is not None,
    }


def check_files(
    files: Sequence[tuple[str, Any]], opening_hash: str | None, receipts: Receipts
) -> list[dict[str, Any]]:
    """A report for each file, or Wrong with the file in which something is wrong."""
    reports = []
    for number, (name, told) in enumerate(files):
        told_before = None if number else opening_hash
        mine = receipts if number == len(files) - 1 else ()
        try:
            if not isinstance(told, dict) or not {"opening", "cut"} & told.keys():
                raise Wrong("this is no file to check: not a lottery's day, nor a packet's split")
            check = check_epoch if "opening" in told else check_split
            reports.append(check(told, told_before, mine))
            if number:
                check_succession(files[number - 1][1], told)
        except Wrong as wrong:
            raise Wrong(f"{name}: {wrong}") from None
        except (KeyError, TypeError, ValueError, AttributeError) as strange:
            raise Wrong(f"{name}: this is no file to check: {strange!r}") from None
    return reports


def in_words(report: Told) -> str:
    if report["kind"] == "red packet":
        said = f"{report['name']}: {report['parts']} parts make {report['amount']}, by the seed."
    else:
        said = f"{report['name']}: {report['draws']} draws, each as the seed says."
        if withheld := report["draws_with_withheld_prizes"]:
            said += f" {withheld} with a prize that could not be handed out."
    if not report["opening_was_compared"]:
        said += " Not compared with what was told before: see --opening."
    return "\n".join([said, *_prizes_in_words(report)])


def _prizes_in_words(report: Told) -> Iterator[str]:
    """Beside its odds how often each prize was hit, and given: others stand in for what is gone."""
    draws = report.get("draws", 0)
    for code, odds in report.get("odds", {}).items() if draws else ():
        hit, given = report["hit_by_odds"][code], report["prizes"][code]
        share = f"{odds / MILLION:.4%} by its odds, {hit / draws:.4%} hit ({hit:,} of {draws:,})"
        yield f"  {code}: {share}, {given:,} given"


def receipt(text: str) -> tuple[int, str]:
    number, _, link = text.partition(":")
    return int(number), link.lower()


def asked_for(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="epochs in order, or a packet")
    parser.add_argument("--opening", metavar="HASH", help="told before, of the first file")
    parser.add_argument(
        "--receipt", action="append", default=[], type=receipt, metavar="NUMBER:LINK",
        help="what you were told when you drew, of the last file",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="the report for programs")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    asked, reports, wrong = asked_for(arguments), [], None
    try:
        files = [(name, json.loads(Path(name).read_text("utf-8"))) for name in asked.files]
        reports = check_files(files, asked.opening, asked.receipt)
    except Wrong as found:
        wrong = str(found)
    except (OSError, ValueError) as unreadable:
        sys.stderr.write(f"{unreadable}\n")
        return 2
    if asked.json:
        said = {"verified": wrong is None, "wrong": wrong, "files": reports}
        lines = [json.dumps(said, ensure_ascii=False)]
    else:
        verdict = "VERIFIED" if wrong is None else f"NOT VERIFIED: {wrong}"
        lines = [*map(in_words, reports), verdict]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if wrong is None else 1


if __name__ == "__main__":
    sys.exit(main())
