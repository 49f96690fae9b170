import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.postgres import PostgresServer
from local.problems import Problem
from local.processes import Identity


def test_what_was_committed_is_there_after_the_server_was_killed(tmp_path: Path) -> None:
    with PostgresServer(tmp_path / "postgres", fsync=False) as server:
        server.ask("CREATE TABLE promise (word text)")
        server.ask("INSERT INTO promise VALUES ('kept')")

        server.kill()
        server.start()

        assert server.ask("SELECT word FROM promise") == "kept"


def test_a_database_can_be_a_copy_of_another(tmp_path: Path) -> None:
    with PostgresServer(tmp_path / "postgres", fsync=False) as server:
        server.create_database("first")
        server.ask("CREATE TABLE promise (word text)", "first")

        url = server.create_database("second", template="first")
        server.drop_database("first")

        assert url == f"postgresql://octoreach@127.0.0.1:{server.port}/second"
        assert server.ask("SELECT count(*) FROM promise", "second") == "0"
        assert server.ask("SELECT datname FROM pg_database WHERE datname = 'first'") == ""


def test_a_server_with_a_password_lets_nobody_in_without_it(tmp_path: Path) -> None:
    with PostgresServer(tmp_path / "postgres", password="open sesame") as server:
        assert server.ask("SHOW fsync") == "on"

        server.password = "guessed"

        with pytest.raises(Problem, match="password authentication failed"):
            server.ask("SELECT 1")


def test_a_server_starts_below_a_folder_that_only_we_may_enter(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)

    with PostgresServer(private / "postgres", fsync=False) as server:
        assert server.ask("SELECT 1") == "1"


def test_a_lock_file_of_a_server_that_is_gone_does_not_keep_the_next_from_starting(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "postgres"
    with PostgresServer(folder, fsync=False):
        lock = (folder / "postmaster.pid").read_text().splitlines()
    (folder / "postmaster.pid").write_text("\n".join([str(os.getppid()), *lock[1:]]) + "\n")

    with PostgresServer(folder, fsync=False) as server:
        assert server.ask("SELECT 1") == "1"


def test_a_folder_with_something_else_in_it_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")

    with pytest.raises(Problem, match=r"no data folder of PostgreSQL.*\./just reset"):
        PostgresServer(folder).start()

    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_a_broken_data_folder_is_a_problem_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with PostgresServer(folder, fsync=False):
        pass
    (folder / "global" / "pg_control").unlink()

    with pytest.raises(Problem, match="pg_control") as problem:
        PostgresServer(folder, fsync=False).start()

    assert "\n" not in str(problem.value)


def test_a_server_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys; from local.postgres import PostgresServer\n"
        "PostgresServer(pathlib.Path(sys.argv[1]), fsync=False).start(); os.kill(os.getpid(), 9)"
    )

    subprocess.run([sys.executable, "-c", script, tmp_path / "postgres"], check=False)

    pid = int((tmp_path / "postgres" / "postmaster.pid").read_text().split()[0])
    deadline = time.monotonic() + 60
    while Identity.of(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert Identity.of(pid) is None


@pytest.mark.parametrize("name", ["", "a b", 'x"; DROP DATABASE y; --', "Ä", "a" * 64])
def test_what_is_no_name_is_refused_as_a_database(tmp_path: Path, name: str) -> None:
    server = PostgresServer(tmp_path / "postgres")

    with pytest.raises(ValueError, match="no name for a database"):
        server.create_database(name)
