#!/usr/bin/env python3
"""Check a lottery's draws, or how a red packet was split, with nothing but this file and Python.

    python verify_draws.py epoch-1.json epoch-2.json
    python verify_draws.py --opening HASH --receipt 17:LINK epoch-1.json
    python verify_draws.py --json epoch-1.json

The files come from GET /v1/lotteries/CODE/epochs/NUMBER and GET /v1/red-packets/CODE/split. What was
told before the first draw, and what you were told when you drew, you know from elsewhere: give the
hash of the opening (of a packet: of the seed) with --opening, and your draw's number and link with
--receipt, or this program can only say that the file agrees with itself. Ends with 0 if all is
well, 1 if not, 2 if it can't tell, because a file can't be read or is none of these: then it says
which one, where, and what would be right.
"""

import argparse
import hashlib
import hmac
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
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


Shape: TypeAlias = "tuple[Callable[[Any], bool], str] | Mapping[str, Shape] | list[Shape]"


class Wrong(Exception):
    """Something is not as it was promised; the message says what."""


class Unfit(Exception):
    """A file that can't be checked: where it is not what it should be, and what would be right."""

    def __init__(self, said: str, **where: Any) -> None:
        super().__init__(said)
        self.where = where


def is_hexadecimal(said: Any) -> bool:
    try:
        return isinstance(said, str) and bytes.fromhex(said).hex() == said.lower()
    except ValueError:
        return False


def is_whole(said: Any) -> bool:
    return type(said) is int and said >= 0


TEXT: Shape = (lambda said: isinstance(said, str), "a text")
MAYBE_TEXT: Shape = (lambda said: said is None or isinstance(said, str), "a text or null")
WHOLE: Shape = (is_whole, "a whole number from 0")
SOME: Shape = (lambda said: is_whole(said) and said > 0, "a whole number from 1")
LIMIT: Shape = (lambda said: said is None or is_whole(said), "a whole number from 0, or null")
HEX: Shape = (is_hexadecimal, "hexadecimal digits, two for each byte")
PRIZE: Shape = {
    "code": TEXT, "kind": TEXT, "odds": WHOLE, "left": LIMIT, "per_day": LIMIT,
    "fallback": MAYBE_TEXT,
}  # fmt: skip
OPENING: Shape = {
    "format": TEXT, "lottery": TEXT, "epoch": SOME, "epoch_id": TEXT, "seed_hash": HEX,
    "next_seed_hash": HEX, "previous": TEXT, "prizes": [PRIZE],
}  # fmt: skip
DRAW: Shape = {
    "number": SOME, "who": TEXT, "client_seed": TEXT, "nonce": SOME, "at": TEXT, "prize": TEXT,
    "withheld": [TEXT], "link": HEX,
}  # fmt: skip
EPOCH_FILE: Shape = {
    "opening": OPENING, "opening_hash": HEX, "seed": HEX, "count": WHOLE, "head": HEX,
    "draws": [DRAW],
}  # fmt: skip
PACKET_FILE: Shape = {
    "format": TEXT, "code": TEXT, "packet_id": TEXT, "seed": HEX, "seed_hash": HEX,
    "split": (lambda said: said in ("even", "random"), '"even" or "random"'), "amount": SOME,
    "parts": SOME, "smallest": SOME, "taken": WHOLE, "returned": WHOLE, "cut": [SOME],
}  # fmt: skip
FILES = (
    "an object of GET /v1/lotteries/CODE/epochs/NUMBER, with an opening, "
    "or of GET /v1/red-packets/CODE/split, with a cut"
)


def fit(said: Any, shape: Shape, field: str = "") -> None:
    """Unfit where something is missing, or of another kind than the rules speak of."""
    if isinstance(shape, tuple):
        right, expected = shape
        expect(right(said), field, said, expected)
    elif isinstance(shape, list):
        expect(isinstance(said, list), field, said, "a list")
        for place, each in enumerate(said):
            fit(each, shape[0], f"{field}[{place}]")
    else:
        expect(isinstance(said, dict), field, said, f"an object with {', '.join(shape)}")
        for name, inner in shape.items():
            path = f"{field}.{name}" if field else name
            if name not in said:
                expected = inner[1] if isinstance(inner, tuple) else "there"
                raise Unfit(
                    f"{path} is missing; it should be {expected}", field=path, expected=expected
                )
            fit(said[name], inner, path)


def expect(right: bool, field: str, said: Any, expected: str) -> None:
    if not right:
        found = shortened(json.dumps(said, ensure_ascii=False))
        wrong = f"{field or 'what it holds'} is {found}; it should be {expected}"
        raise Unfit(wrong, field=field, found=found, expected=expected)


def shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def read(name: str) -> Any:
    """What a file says; Unfit with the place where it can't be read."""
    try:
        told = json.loads(Path(name).read_bytes().decode())
        is_epoch = isinstance(told, dict) and "opening" in told
        is_packet = isinstance(told, dict) and "cut" in told
        expect(is_epoch or is_packet, "", told, FILES)
        fit(told, EPOCH_FILE if is_epoch else PACKET_FILE)
    except OSError as missing:
        raise Unfit(f"{name}: can't be read: {missing.strerror}", file=name) from None
    except UnicodeDecodeError as foreign:
        wrong = f"{name}: byte {foreign.start + 1} is not UTF-8; the file should be as it was got"
        raise Unfit(wrong, file=name, byte=foreign.start + 1) from None
    except json.JSONDecodeError as broken:
        line, column = broken.lineno, broken.colno
        wrong = f"{name}: line {line}, column {column}: {broken.msg}; it should be JSON: {FILES}"
        raise Unfit(wrong, file=name, line=line, column=column) from None
    except ValueError:
        raise Unfit(
            f"{name}: a number has too many digits; it should be {FILES}", file=name
        ) from None
    except RecursionError:
        raise Unfit(f"{name}: lies too deep; it should be {FILES}", file=name) from None
    except Unfit as unfit:
        raise Unfit(f"{name}: {unfit}", **unfit.where | {"file": name}) from None
    return told


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
    require("opening" in before and "opening" in after, "a red packet is checked by itself")
    first, second = before["opening"], after["opening"]
    require(first["lottery"] == second["lottery"], "the files are of two lotteries")
    require(second["epoch"] == first["epoch"] + 1, "an epoch is missing between the files")
    require(second["previous"] == before["head"], "it does not follow the epoch before")
    committed = "its seed is not the one that the epoch before has committed to"
    require(second["seed_hash"] == first["next_seed_hash"], committed)


def cut_again(told: Told) -> list[int]:
    """The parts that the seed makes of the sum."""
    parts, amount = told["parts"], told["amount"]
    require(amount >= parts * told["smallest"], "the sum is less than its smallest parts")
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
    require(told["parts"] == len(told["cut"]), "there are not as many parts as were told")
    cut = cut_again(told)
    for number, (here, there) in enumerate(zip(cut, told["cut"], strict=True), start=1):
        require(here == there, f"part {number} is {there}, and should be {here}")
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
            check = check_epoch if "opening" in told else check_split
            reports.append(check(told, told_before, mine))
            if number:
                check_succession(files[number - 1][1], told)
        except Wrong as wrong:
            raise Wrong(f"{name}: {wrong}") from None
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
    if not (number.isdecimal() and link and is_hexadecimal(link)):
        raise argparse.ArgumentTypeError(f"{text!r} is no NUMBER:LINK, such as 17:9f2c...")
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
    asked = asked_for(arguments)
    reports: list[dict[str, Any]] = []
    wrong, unfit = None, None
    try:
        files = [(name, read(name)) for name in asked.files]
        reports = check_files(files, asked.opening, asked.receipt)
    except Wrong as found:
        wrong = str(found)
    except Unfit as strange:
        wrong, unfit = str(strange), strange.where
    if asked.json:
        said = {"verified": wrong is None, "wrong": wrong, "unfit": unfit, "files": reports}
        lines = [json.dumps(said, ensure_ascii=False)]
    else:
        verdict = "CAN'T TELL" if unfit else "NOT VERIFIED"
        lines = [*map(in_words, reports), f"{verdict}: {wrong}" if wrong else "VERIFIED"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 2 if unfit else 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
