import asyncio
import tomllib
from pathlib import Path

from prometheus_client import REGISTRY
from services.customer.tests.importing import ADA, BOB, MAPPING, Importing
from sqlalchemy import text

from kit.testing.harness import Harness

REGISTERED = "octoreach.customer.customer.registered.v1"
CHANGED = "octoreach.customer.customer.changed.v1"


async def test_a_file_becomes_customers_with_all_that_the_mapping_says(
    harness: Harness, importing: Importing
) -> None:
    done = await importing.whole(ADA, BOB)

    assert await importing.find("C-1") == {
        "version": 1,
        "kind": "INDIVIDUAL",
        "status": "ACTIVE",
        "name": "Ada Lovelace",
        "unit": "hq.zj",
        "timeZone": "Asia/Shanghai",
        "identifiers": [
            {"scheme": "crm", "value": "C-1"},
            {"scheme": "email", "value": "ada@x.y"},
        ],
        "attributes": [
            {"name": "contract", "value": "monthly"},
            {"name": "tenure_months", "value": "12"},
            {"name": "total_charges", "value": "29.85"},
        ],
        "holdings": [{"productCode": "phone-service", "until": None, "source": "import"}],
        "tags": [{"tag": "senior", "source": "import"}],
        "consents": [{"purpose": "marketing", "granted": True}],
    }
    assert done == {
        "id": done["id"],
        "source": "people.csv",
        "dry_run": False,
        "state": "complete",
        "next_line": 4,
        "counts": {
            "lines": 2,
            "registered": 2,
            "changed": 0,
            "unchanged": 0,
            "rejected": 0,
            "rejected_by_field": {},
            "by_status": {"active": 1, "churned": 1},
            "attributes": {
                "tenure_months": {"blanks": 0, "values": {"12": 1, "0": 1}},
                "total_charges": {"blanks": 1, "values": {"29.85": 1}},
                "contract": {"blanks": 0, "values": {"monthly": 1, "yearly": 1}},
            },
        },
    }
    told = await harness.events_recorded()
    assert [(each["subject"], each["version"], each["tags"]) for each in told] == [
        (REGISTERED, 1, ["senior"]),
        (REGISTERED, 1, []),
    ]


async def test_the_same_file_again_is_the_same_import_and_changes_nothing(
    harness: Harness, importing: Importing
) -> None:
    done = await importing.whole(ADA, BOB)

    again = await importing.open()
    sent = await importing.send(done["id"], 2, ADA, BOB)

    assert (again.status_code, again.json()) == (200, done)
    assert (sent.status_code, sent.json()) == (200, {**done, "rejections": []})
    assert len(await harness.events_recorded()) == 2


async def test_the_same_people_in_another_file_are_unchanged(
    harness: Harness, importing: Importing
) -> None:
    await importing.whole(ADA, BOB)

    done = await importing.whole(BOB, ADA, digest="b" * 64)

    counts = done["counts"]
    assert (counts["unchanged"], counts["registered"], counts["changed"]) == (2, 0, 0)
    assert len(await harness.events_recorded()) == 2


async def test_a_yes_without_a_date_never_overturns_a_no(
    harness: Harness, importing: Importing
) -> None:
    declined = [*ADA[:-2], "No", "No"]
    await importing.whole(declined)

    done = await importing.whole(ADA, digest="b" * 64)

    ada = await importing.find("C-1")
    assert ada["consents"] == [{"purpose": "marketing", "granted": False}]
    assert (done["counts"]["changed"], done["counts"]["unchanged"]) == (0, 1)
    assert await harness.events_recorded(CHANGED) == []


async def test_who_changed_is_changed_and_announced_with_one_version_more(
    harness: Harness, importing: Importing
) -> None:
    await importing.whole(ADA, BOB)
    later = ["C-1", "", "", "13", "", "Y", "No", "0", "No", "Yes"]

    done = await importing.whole(later, BOB, digest="b" * 64)

    ada = await importing.find("C-1")
    assert (done["counts"]["changed"], done["counts"]["unchanged"]) == (1, 1)
    assert (ada["version"], ada["status"], ada["name"]) == (2, "CHURNED", "Ada Lovelace")
    assert [each["value"] for each in ada["attributes"]] == ["yearly", "13", "29.85"]
    assert ada["holdings"][0]["until"] is not None
    assert (ada["tags"], ada["consents"]) == ([], [{"purpose": "marketing", "granted": False}])
    [changed] = await harness.events_recorded(CHANGED)
    assert (changed["version"], changed["attributes"]["tenure_months"]) == (2, 13)


async def test_an_import_leaves_alone_what_others_know(
    harness: Harness, importing: Importing, operator: str
) -> None:
    await importing.whole(ADA)
    query = '{ customerByIdentifier(scheme: "crm", value: "C-1") { id } }'
    known = (await harness.graph(query, as_=operator))["customerByIdentifier"]["id"]
    order = {
        "order_id": "018f0000-0000-7000-8000-000000000001",
        "customer_id": known,
        "channel_code": "web",
        "amount_minor": 1,
        "currency": "CNY",
        "lines": [{"product_code": "plan-5g", "quantity": 1}],
        "placed_at": "2026-01-01T00:00:00Z",
    }
    await harness.hear("octoreach.channel.order.placed.v1", order)

    mapping = MAPPING | {"holdings": [{"product": "plan-5g", "column": "phone", "when": ["No"]}]}
    done = await importing.whole(ADA, mapping=mapping, digest="b" * 64)

    assert done["counts"]["unchanged"] == 1
    held = (await importing.find("C-1"))["holdings"]
    assert [(each["productCode"], each["until"]) for each in held] == [
        ("phone-service", None),
        ("plan-5g", None),
    ]


async def test_numbers_without_a_country_code_are_of_the_country_that_the_mapping_names(
    importing: Importing,
) -> None:
    numbers = {"scheme": "msisdn", "column": "mail", "country_code": "86"}
    mapping = MAPPING | {"identifiers": [MAPPING["identifiers"][0], numbers]}
    written = ["138 0013 8000", "0571-8888 8888", "+1 212 555 0100", "0044 20 7946 0000"]
    people = [[f"N-{place}", number, *ADA[2:]] for place, number in enumerate(written)]

    await importing.whole(*people, mapping=mapping)

    kept = [(await importing.find(each[0]))["identifiers"][1]["value"] for each in people]
    assert kept == ["+8613800138000", "+8657188888888", "+12125550100", "+442079460000"]


async def test_the_later_of_two_lines_about_one_customer_has_the_last_word(
    harness: Harness, importing: Importing
) -> None:
    later = ["C-1", "ada@x.y", "Ada King", *ADA[3:]]

    done = await importing.whole(ADA, later, later)

    counts = done["counts"]
    assert (counts["registered"], counts["changed"], counts["unchanged"]) == (1, 1, 1)
    assert (await importing.find("C-1"))["name"] == "Ada King"
    assert [each["version"] for each in await harness.events_recorded()] == [1]


async def test_lines_go_on_where_they_stopped_and_in_no_other_order(
    harness: Harness, importing: Importing
) -> None:
    opened = (await importing.open()).json()
    await importing.send(opened["id"], 2, ADA)

    ahead = await importing.send(opened["id"], 4, BOB)
    overlapping = await importing.send(opened["id"], 2, ADA, BOB)
    resumed = (await importing.open()).json()
    rest = await importing.send(opened["id"], resumed["next_line"], BOB)

    for refusal in (ahead, overlapping):
        assert refusal.status_code == 409
        assert (refusal.json()["title"], refusal.json()["next_line"]) == ("ImportOutOfStep", 3)
    assert (resumed["id"], resumed["next_line"]) == (opened["id"], 3)
    assert rest.json()["counts"]["lines"] == 2
    assert len(await harness.events_recorded()) == 2


async def test_a_chunk_sent_ten_times_at_once_is_taken_once(
    harness: Harness, importing: Importing
) -> None:
    opened = (await importing.open()).json()

    answers = await asyncio.gather(*(importing.send(opened["id"], 2, ADA, BOB) for _ in range(10)))

    assert [answer.status_code for answer in answers] == [200] * 10
    assert [answer.json()["counts"]["lines"] for answer in answers] == [2] * 10
    assert len(await harness.events_recorded()) == 2


async def test_two_files_with_the_same_people_at_once_register_them_once(
    harness: Harness, importing: Importing
) -> None:
    people = [[f"C-{number}", "", *BOB[2:]] for number in range(200)]

    done = await asyncio.gather(
        *(
            importing.whole(*order, digest=digest * 64)
            for digest, order in (("a", people), ("b", people[::-1]), ("c", people))
        )
    )

    assert sum(each["counts"]["registered"] for each in done) == 200
    assert sum(each["counts"]["unchanged"] for each in done) == 400
    assert len(await harness.events_recorded()) == 200


async def test_lines_may_be_numbered_by_whoever_skips_some(importing: Importing) -> None:
    opened = (await importing.open()).json()

    taken = (await importing.send(opened["id"], 2, ADA, ADA[:1], lines=[3, 9])).json()
    wrong = await importing.send(opened["id"], 10, ADA, BOB, lines=[12, 11])

    assert taken["rejections"][0]["line"] == 9
    assert taken["next_line"] == 10
    assert (wrong.status_code, wrong.json()["field"]) == (422, "lines")


async def test_a_complete_import_takes_nothing_more(harness: Harness, importing: Importing) -> None:
    done = await importing.whole(ADA)

    refusal = await importing.send(done["id"], 3, BOB)

    assert (refusal.status_code, refusal.json()["title"]) == (409, "ImportIsComplete")
    assert len(await harness.events_recorded()) == 1


async def test_only_operators_and_marketers_import_and_only_into_their_units(
    harness: Harness, importing: Importing
) -> None:
    opened = (await importing.open()).json()

    importing.token = harness.token("front_line", unit="hq")
    assert (await importing.open()).status_code == 403
    importing.token = harness.token("marketer", unit="hq.gd")
    assert (await importing.open()).status_code == 403
    assert (await importing.send(opened["id"], 2, ADA)).status_code == 404
    assert await harness.events_recorded() == []


async def test_rejections_come_in_pages(
    harness: Harness, importing: Importing, operator: str
) -> None:
    opened = (await importing.open()).json()
    await importing.send(opened["id"], 2, *([["x"]] * 5))
    path = f"/v1/imports/{opened['id']}/rejections"

    seen, after = [], 0
    while after is not None:
        page = (await harness.get(path, as_=operator, after=after, first=2)).json()
        seen += [each["line"] for each in page["rejections"]]
        after = page["next"]

    assert seen == [2, 3, 4, 5, 6]


async def test_what_was_refused_is_masked_for_those_who_did_not_bring_it_and_see_no_names(
    harness: Harness, importing: Importing, operator: str
) -> None:
    opened = (await importing.open()).json()
    line = list(ADA)
    line[3] = "Ada's 30"
    await importing.send(opened["id"], 2, line)
    path = f"/v1/imports/{opened['id']}/rejections"
    colleague = harness.token("marketer", unit="hq", subject="eve")

    own = (await harness.get(path, as_=operator)).json()["rejections"]
    seen = (await harness.get(path, as_=colleague)).json()["rejections"]
    files = [(await harness.get(f"{path}.csv", as_=token)).text for token in (operator, colleague)]

    assert "Ada's 30" in own[0]["original"]
    assert seen == [
        own[0] | {"original": "***", "reason": "*** is not a whole number of at most 15 digits"}
    ]
    assert ["Ada" in each for each in files] == [True, False]


async def test_values_are_counted_while_there_are_at_most_twelve(importing: Importing) -> None:
    people = [
        [f"C-{n}", "", "", str(n % 13), str(n % 12), "M", "", "", "", "No"] for n in range(60)
    ]
    opened = (await importing.open()).json()

    for place in range(0, 60, 20):
        await importing.send(opened["id"], 2 + place, *people[place : place + 20])

    counts = (await importing.progress(opened["id"]))["counts"]["attributes"]
    assert counts["tenure_months"] == {"blanks": 0, "values": None}
    assert counts["total_charges"] == {
        "blanks": 0,
        "values": {f"{value}.0": 5 for value in range(12)},
    }


async def test_the_committed_mapping_reads_lines_of_the_telecom_sample(
    harness: Harness, importing: Importing
) -> None:
    path = Path(__file__).parents[3] / "local" / "mappings" / "telco_customers.toml"
    header = (
        "customerID,gender,SeniorCitizen,Partner,Dependents,tenure,PhoneService,MultipleLines,"
        "InternetService,OnlineSecurity,OnlineBackup,DeviceProtection,TechSupport,StreamingTV,"
        "StreamingMovies,Contract,PaperlessBilling,PaymentMethod,MonthlyCharges,TotalCharges,Churn"
    )
    lines = [
        "A-1,Female,1,Yes,No,0,Yes,No,Fiber optic,Yes,No,No,No,No,Yes,Month-to-month,Yes,"
        "Mailed check,70.70, ,Yes",
        "A-2,Male,0,No,No,34,No,No phone service,No,No internet service,No internet service,"
        "No internet service,No internet service,No internet service,No internet service,"
        "Two year,No,Electronic check,20.05,681.7,No",
    ]

    opened = await importing.open(
        tomllib.loads(path.read_text()), columns=header.split(","), source="sample.csv"
    )
    records = [line.split(",") for line in lines]
    taken = (await importing.send(opened.json()["id"], 2, *records)).json()

    counts = taken["counts"]
    assert (counts["registered"], counts["rejected"]) == (2, 0)
    assert counts["by_status"] == {"churned": 1, "active": 1}
    assert counts["attributes"]["contract"]["values"] == {"Month-to-month": 1, "Two year": 1}
    assert counts["attributes"]["total_charges"]["blanks"] == 1
    first = await importing.find("A-1")
    assert [each["productCode"] for each in first["holdings"]] == [
        "phone-service",
        "internet-fiber",
        "online-security",
        "streaming-movies",
    ]
    assert (await importing.find("A-2"))["holdings"] == []


def counted(run: str) -> dict[str, float]:
    outcomes = ("registered", "changed", "unchanged", "rejected")
    named = [{"outcome": each, "run": run} for each in outcomes]
    found = [REGISTRY.get_sample_value("import_lines_total", each) or 0 for each in named]
    return dict(zip(outcomes, found, strict=True))


async def test_lines_are_counted_once_by_what_became_of_them(importing: Importing) -> None:
    before, dry = counted("real"), counted("dry")
    bad = ["C-3", "no address", *BOB[2:]]

    opened = (await importing.open()).json()
    tried = (await importing.open(dry_run=True)).json()
    for _ in range(2):
        await importing.send(opened["id"], 2, ADA, BOB, bad)
    await importing.send(tried["id"], 2, ADA)

    after = counted("real")
    assert {each: after[each] - before[each] for each in after} == {
        "registered": 2,
        "changed": 0,
        "unchanged": 0,
        "rejected": 1,
    }
    assert counted("dry")["unchanged"] - dry["unchanged"] == 1


async def test_files_that_wait_for_their_client_are_told_until_a_day_has_passed(
    harness: Harness, importing: Importing
) -> None:
    async def measured(seconds_ago: int) -> tuple[float | None, ...]:
        async with harness.db.transaction() as session:
            since = {"seconds": seconds_ago}
            late = "UPDATE customer_import SET taken_at = now() - make_interval(secs => :seconds)"
            await session.execute(text(late), since)
        await harness.running.measure()
        names = ("imports_open", "imports_standing_still")
        return tuple(map(REGISTRY.get_sample_value, names))

    opened = (await importing.open()).json()
    told = [await measured(each) for each in (60, 1_200, 90_000)]
    await measured(1_200)
    await importing.send(opened["id"], 2, ADA)
    await harness.running.measure()
    moving = REGISTRY.get_sample_value("imports_standing_still")
    await harness.post(f"/v1/imports/{opened['id']}/complete", {}, as_=importing.token)

    assert told == [(1, 0), (1, 1), (0, 0)]
    assert moving == 0
    assert await measured(1_200) == (0, 0)


async def test_groups_are_named_by_numbers_of_the_country_that_the_mapping_names(
    importing: Importing,
) -> None:
    numbers = {"scheme": "msisdn", "column": "mail", "country_code": "86"}
    group = MAPPING | {"kind": "group", "identifiers": [numbers]}
    member = MAPPING | {"identifiers": [MAPPING["identifiers"][0]], "member_of": [numbers]}

    await importing.whole(["", "+86 571 8888 8888", *ADA[2:]], mapping=group)
    done = await importing.whole(["C-9", "0571-8888 8888", *ADA[2:]], mapping=member)

    assert (done["counts"]["registered"], done["counts"]["rejected"]) == (1, 0)
