import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from local.folder import Folder
from local.ports import HOST, is_free, own_ports
from local.postgres import PostgresServer
from local.problems import Problem, unwritable
from local.running.journal import Entry
from local.running.kept import EndedWhileStarting, Kept
from local.running.programs import Program


def up(run, folder: Path, port_base: int, **environment: str) -> subprocess.CompletedProcess[str]:
    return run("up", "--detach", "--folder", folder, "--port-base", port_base, **environment)


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a start which cannot go on has to say."""
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    return line


def test_a_taken_port_is_named_with_its_holder(run, tmp_path: Path, port_base: int) -> None:
    with socket.create_server((HOST, port_base + 3)):
        line = refused(up(run, tmp_path, port_base))

    assert line == (
        f"✗ Port {port_base + 3}, wanted by channel, is taken by {psutil.Process().name()} (process {os.getpid()}): "
        "stop that program, or choose other ports with --port-base."
    )
    assert not (tmp_path / "postgres").exists()


def test_a_port_of_one_program_can_be_chosen_by_its_own_variable(
    run, tmp_path: Path, port_base: int
) -> None:
    with socket.create_server((HOST, 0)) as elsewhere:
        port = elsewhere.getsockname()[1]

        line = refused(up(run, tmp_path, port_base, LOYALTY_PORT=str(port)))

    assert line.startswith(f"✗ Port {port}, wanted by loyalty, is taken by ")


def test_an_unwritable_folder_is_named(run, port_base: int) -> None:
    line = refused(up(run, Path("/sys/octoreach"), port_base))

    assert line == (
        "✗ /sys/octoreach is not writable: "
        "give yourself the right to write there, or use another folder."
    )


def test_a_full_disk_is_named_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"is on a full disk .* make room and try again"):
        Folder(tmp_path).require_room(needed_bytes=10**18)

    no_space = unwritable(tmp_path, OSError(28, "No space left on device"))
    assert str(no_space) == f"{tmp_path} is on a full disk: make room and try again."


def test_a_broken_data_folder_stops_the_start_and_leaves_no_process(
    run, tmp_path: Path, port_base: int
) -> None:
    with PostgresServer(tmp_path / "postgres", fsync=False):
        pass
    (tmp_path / "postgres" / "global" / "pg_control").unlink()

    line = refused(up(run, tmp_path, port_base))

    assert "postgres ended while starting" in line
    assert "pg_control" in line
    assert "Put its data right from a backup, or start afresh with ./just reset." in line
    living = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True)
    assert str(tmp_path) not in living.stdout


async def test_a_port_that_is_taken_while_all_starts_is_named_with_its_holder(
    tmp_path: Path, port_base: int
) -> None:
    folder = Folder(tmp_path)
    folder.lay_out()
    listen = f"import socket; socket.create_server(('{HOST}', {port_base}))"
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

        def take_it() -> None:
            other.bind((HOST, port_base))
            other.listen()

        program = Program(
            "desk",
            [sys.executable, "-c", listen],
            is_ready=lambda: False,
            prepare=take_it,
            port=port_base,
            advice="Start afresh.",
        )
        with pytest.raises(EndedWhileStarting) as refused:
            await Kept(program, Entry("desk"), folder, lambda: None).run_once()

    assert str(refused.value) == (
        "desk ended while starting: OSError: [Errno 98] Address already in use "
        f"(while attempting to bind on address ('{HOST}', {port_base})). "
        f"Port {port_base}, wanted by desk, is taken by {psutil.Process().name()} (process {os.getpid()}): stop "
        f"that program, or choose other ports with --port-base. Its log is {folder.log('desk')}."
    )


def test_a_row_of_ports_is_given_to_one_at_a_time() -> None:
    with own_ports(8) as one, own_ports(8) as other, socket.create_server((HOST, one + 3)):
        assert one != other
        assert not is_free(one + 3)


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"PG_BIN": "/nowhere"}, "✗ /nowhere holds no postgres: set PG_BIN to a folder with"),
        ({"NATS_PORT": "many"}, "✗ 'many' is no port number."),
        (
            {"CUSTOMER_DATABASE_URL": "postgresql://127.0.0.1/customer"},
            "✗ Some databases are given, and some are not: set CAMPAIGN_DATABASE_URL, "
            "CHANNEL_DATABASE_URL, LOYALTY_DATABASE_URL too.",
        ),
        (
            {"DATABASE_URL": "postgresql://127.0.0.1:1"},
            "✗ PostgreSQL refused: connection to server at",
        ),
    ],
)
def test_what_is_given_and_cannot_be_used_is_named(
    run, tmp_path: Path, port_base: int, environment: dict[str, str], line: str
) -> None:
    assert refused(up(run, tmp_path, port_base, **environment)).startswith(line)


def test_stopping_what_does_not_run_says_so(run, tmp_path: Path) -> None:
    done = run("down", "--folder", tmp_path)

    assert (done.returncode, done.stderr) == (0, "Nothing was running.\n")


def test_a_reset_takes_only_what_the_platform_laid_out(run, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    run("token", "analyst", "--folder", tmp_path)

    done = run("reset", "--yes", "--folder", tmp_path)

    assert done.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_reset_asks_first(run, tmp_path: Path) -> None:
    run("token", "analyst", "--folder", tmp_path)

    done = run("reset", "--folder", tmp_path)

    assert done.returncode == 1
    assert (tmp_path / "issuer-key.json").exists()
