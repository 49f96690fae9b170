from uuid import uuid4

from kit.identity import Caller
from kit.personal.lately import SECONDS, Lately

ADA = Caller("ada", roles=frozenset({"front_line"}), unit="hq.zj")
WHY = Caller("ada", roles=frozenset({"front_line"}), unit="hq.zj", purpose="case-1")


def test_what_somebody_saw_is_fresh_again_after_an_hour_and_for_another_purpose() -> None:
    now = [100.0]
    lately = Lately(clock=lambda: now[0])
    person = uuid4()

    first = lately.fresh(ADA, {person: {"tasks"}})
    lately.remember(ADA, first)
    again = lately.fresh(ADA, {person: {"tasks", "orders"}})
    why = lately.fresh(WHY, {person: {"tasks"}})
    now[0] += SECONDS
    later = lately.fresh(ADA, {person: {"tasks"}})

    assert (first, why, later) == ({person: {"tasks"}},) * 3
    assert again == {person: {"orders"}}


def test_where_there_is_no_room_the_oldest_is_noted_once_more() -> None:
    lately = Lately(most=2)
    people = [uuid4() for _ in range(3)]

    for each in people:
        lately.remember(ADA, {each: {"tasks"}})

    assert lately.fresh(ADA, {each: {"tasks"} for each in people}) == {people[0]: {"tasks"}}
