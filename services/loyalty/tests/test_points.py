import asyncio
from collections import Counter


async def test_ten_spends_of_thirty_at_once_on_a_hundred_leave_ten(members, spend) -> None:
    customer = await members.register()
    await members.order(customer, 100_00)

    answers = await asyncio.gather(*(spend(customer, 30) for _ in range(10)))

    assert Counter(each["__typename"] for each in answers) == {
        "PointsWereSpent": 3,
        "NotEnoughPoints": 7,
    }
    assert await members.points(customer) == {"balance": 10, "debt": 0}
    assert [each["balance"] for each in await members.announced("points.spent")] == [70, 40, 10]
