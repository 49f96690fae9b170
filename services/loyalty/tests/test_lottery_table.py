"""The odds, the table of prizes, and the rules by which a draw comes about."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import InvalidInput
from loyalty.lottery.fairness import OF_A_MILLION, Pool, roll
from loyalty.lottery.models.terms import Prize
from loyalty.lottery.table import at_the_start, checked_table

BLANK = Prize("blank", "Next time", "blank", 900_000)
POINTS = Prize("points", "Ten points", "points", 100_000, amount=10)


@st.composite
def tables(draw):
    """Sound tables: any odds, and fallbacks that lead down to the last line, a blank."""
    cuts = sorted(draw(st.lists(st.integers(0, OF_A_MILLION), max_size=6)))
    odds = [after - before for before, after in zip([0, *cuts], [*cuts, OF_A_MILLION], strict=True)]
    last = len(odds) - 1
    prizes = [
        Prize(
            f"p{number}",
            "a prize",
            "points",
            chance,
            amount=1,
            stock=draw(st.none() | st.integers(0, 3)),
            per_day=draw(st.none() | st.integers(1, 3)),
            fallback=f"p{draw(st.integers(number + 1, last))}",
        )
        for number, chance in enumerate(odds[:-1])
    ]
    return [*prizes, Prize(f"p{last}", "nothing", "blank", odds[-1])]


@given(tables(), st.lists(st.integers(0, OF_A_MILLION - 1), max_size=30))
@settings(max_examples=60)
def test_every_number_gives_a_prize_that_is_there_and_none_is_given_too_often(prizes, numbers):
    table = checked_table(prizes)
    pool = Pool(at_the_start(table, {each.code: each.stock for each in prizes}))

    given = Counter()
    for number in numbers:
        code = pool.given_for(pool.named(number))
        assert pool.is_there(code)
        pool.take(code)
        given[code] += 1

    for each in prizes:
        assert each.stock is None or given[each.code] <= each.stock
        assert each.per_day is None or given[each.code] <= each.per_day


@pytest.mark.parametrize(
    ("prizes", "why"),
    [
        ([], "are 1 to 50"),
        ([POINTS], "make 1000000"),
        ([replace(POINTS, odds=1_000_000)], "take a blank"),
        ([BLANK, replace(POINTS, code="blank")], "a code each"),
        ([BLANK, replace(POINTS, code="Big Prize")], "codes of a-z"),
        ([replace(BLANK, odds=1_000_001), replace(POINTS, odds=-1)], "odds from 0"),
        ([BLANK, replace(POINTS, amount=0)], "have an amount"),
        ([BLANK, replace(POINTS, amount=2**62)], "have an amount"),
        ([replace(BLANK, stock=1), POINTS], "no stock"),
        ([BLANK, replace(POINTS, stock=-1)], "a stock from 0"),
        ([BLANK, replace(POINTS, per_day=0)], "a daily limit from 1"),
        ([BLANK, replace(POINTS, fallback="points")], "lead to a blank"),
        ([BLANK, replace(POINTS, fallback="none")], "lead to a blank"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(prizes, why):
    with pytest.raises(InvalidInput, match=why) as refused:
        checked_table(prizes)

    assert refused.value.field == "prizes"


def test_draws_follow_the_odds():
    """Chi-square over 20,000 draws of a fixed seed: below 16.27, the 0.1% point with 3 degrees."""
    odds = [500, 49_500, 150_000, 800_000]
    draws = 20_000
    pool = Pool(
        at_the_start(
            checked_table(
                [
                    *(
                        Prize(f"p{n}", "x", "points", each, amount=1)
                        for n, each in enumerate(odds[:3])
                    ),
                    Prize("p3", "nothing", "blank", odds[3]),
                ]
            ),
            dict.fromkeys(["p0", "p1", "p2", "p3"]),
        )
    )

    found = Counter(
        pool.named(roll("5eed" * 16, "epoch", f"{number:032x}", "c11e", 1))
        for number in range(draws)
    )

    expected = [each * draws / OF_A_MILLION for each in odds]
    chi_square = sum(
        (found[f"p{number}"] - wanted) ** 2 / wanted for number, wanted in enumerate(expected)
    )
    assert chi_square < 16.27
    assert sum(found.values()) == draws


def test_whatever_changes_in_a_draw_changes_its_number():
    first = ("5eed" * 16, "epoch", "who", "c11e", 1)
    others = [
        ("5eee" * 16, "epoch", "who", "c11e", 1),
        ("5eed" * 16, "epoch2", "who", "c11e", 1),
        ("5eed" * 16, "epoch", "whose", "c11e", 1),
        ("5eed" * 16, "epoch", "who", "c11f", 1),
        ("5eed" * 16, "epoch", "who", "c11e", 2),
    ]

    assert len({roll(*each) for each in [first, *others]}) == 6
    assert roll(*first) == roll(*first)
