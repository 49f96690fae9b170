from pathlib import Path

import pytest

from local.folder import Folder
from local.postgres import PostgresServer
from local.problems import Problem
from local.psql import ask
from local.running.databases import create_databases, database_url
from local.running.plan import SERVICES, Plan


def test_ports_follow_the_base_and_each_can_be_chosen_alone() -> None:
    plan = Plan.chosen(5000, {"NATS_PORT": "4222"})

    assert plan.ports == {
        "gateway": 5000,
        "customer": 5001,
        "campaign": 5002,
        "channel": 5003,
        "loyalty": 5004,
        "desk": 5005,
        "postgres": 5006,
        "nats": 4222,
    }
    assert plan.issuer == "http://127.0.0.1:5005"


@pytest.mark.parametrize("base", [0, 65_530])
def test_a_base_without_room_for_all_ports_is_refused(base: int) -> None:
    with pytest.raises(Problem, match="is no port number"):
        Plan.chosen(base, {})


def test_what_others_provide_is_not_started() -> None:
    given = {"DATABASE_URL": "postgresql://me@db:5432/any?sslmode=require", "NATS_URL": "nats://n"}

    plan = Plan.chosen(5000, given)

    assert plan.own_listeners() == ["gateway", *SERVICES, "desk"]
    assert plan.nats_url == "nats://n"
    assert plan.databases["loyalty"] == "postgresql://me@db:5432/loyalty?sslmode=require"


def test_a_database_of_ones_own_wins_over_the_server_of_all() -> None:
    given = {"DATABASE_URL": "postgresql://db/any", "CHANNEL_DATABASE_URL": "postgresql://big/one"}

    plan = Plan.chosen(5000, given)

    assert plan.databases["channel"] == "postgresql://big/one"
    assert plan.databases["customer"] == "postgresql://db/customer"


def test_missing_databases_of_a_given_server_are_created_and_found_the_second_time(
    tmp_path: Path,
) -> None:
    with PostgresServer(tmp_path / "theirs", password="s p/ace", fsync=False) as server:
        plan = Plan.chosen(5000, {"DATABASE_URL": server.url()})

        create_databases(Folder(tmp_path), plan)
        create_databases(Folder(tmp_path), plan)

        names = server.ask("SELECT datname FROM pg_database").split()
        assert set(SERVICES) <= set(names)


def test_on_our_own_server_each_service_owns_its_database_and_enters_no_other(
    tmp_path: Path,
) -> None:
    folder = Folder(tmp_path)
    password = folder.database_password()
    with PostgresServer(folder.postgres, password=password, fsync=False) as server:
        plan = Plan.chosen(5000, {"POSTGRES_PORT": str(server.port)})

        create_databases(folder, plan)
        create_databases(folder, plan)

        url = database_url(folder, plan, "loyalty")
        assert ask(url, "CREATE TABLE promise (); SELECT current_user") == "loyalty"
        with pytest.raises(Problem, match='permission denied for database "customer"'):
            ask(url.removesuffix("loyalty") + "customer", "SELECT 1")
