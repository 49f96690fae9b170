from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.red_packets.splitting import Dice, split

SOMEWHERE = UUID(int=7)
seeds = st.binary(min_size=32, max_size=32)


@st.composite
def sums(draw):
    parts = draw(st.integers(1, 300))
    smallest = draw(st.integers(1, 50))
    return parts * smallest + draw(st.integers(0, 10**9)), parts, smallest


@given(seeds, sums(), st.booleans())
@settings(max_examples=60)
def test_parts_add_up_exactly_and_none_is_too_small(seed, asked, even):
    amount, parts, smallest = asked

    cut = split(seed, SOMEWHERE, amount, parts, smallest, even=even)

    assert sum(cut) == amount
    assert len(cut) == parts
    assert min(cut) >= smallest
    assert not even or max(cut) - min(cut) <= 1
    assert cut == split(seed, SOMEWHERE, amount, parts, smallest, even=even)


@given(seeds, st.integers(1, 2**64))
@settings(max_examples=60)
def test_a_number_is_below_its_limit(seed, limit):
    dice = Dice(seed, "here")

    assert all(0 <= dice.below(limit) < limit for _ in range(5))


def test_no_place_in_the_queue_is_better_than_another():
    amount, parts, rounds = 10_000, 5, 2_000
    sums_by_place = [0] * parts

    for number in range(rounds):
        seed = number.to_bytes(32, "big")
        for place, part in enumerate(split(seed, SOMEWHERE, amount, parts, 1, even=False)):
            sums_by_place[place] += part

    fair = amount / parts
    assert all(abs(each / rounds - fair) < fair * 0.03 for each in sums_by_place)


def test_another_packet_with_the_same_seed_falls_into_other_parts():
    seed = bytes(32)

    one, other = (split(seed, UUID(int=each), 10**6, 20, 1, even=False) for each in (1, 2))

    assert one != other
