from kit.testing.harness import Harness

REGISTERED = "octoreach.customer.customer.registered.v1"


async def test_somebody_new_is_registered_and_announced_with_all_that_holds(
    harness: Harness, register
) -> None:
    answer = await register("msisdn:138 1234 5678", "email:Ada@X.y", name="张三")

    customer = answer["customer"]
    assert customer == {
        "id": customer["id"],
        "version": 1,
        "kind": "INDIVIDUAL",
        "status": "PROSPECT",
        "name": "张三",
        "unit": "hq.zj.hz",
        "timeZone": "Asia/Shanghai",
        "identifiers": [
            {"scheme": "msisdn", "value": "+13812345678"},
            {"scheme": "email", "value": "ada@x.y"},
        ],
        "attributes": [],
    }
    assert await harness.events_recorded() == [
        {
            "subject": REGISTERED,
            "customer_id": customer["id"],
            "version": 1,
            "kind": "individual",
            "status": "prospect",
            "unit": "hq.zj.hz",
            "time_zone": "Asia/Shanghai",
            "sampling_key": "bc6343ef51e3bfc5",
            "attributes": {},
            "tags": [],
            "holdings": [],
            "consents": [],
            "special_lists": [],
            "identifiers": customer["identifiers"],
        }
    ]
