import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from local import checks
from local.checks import Check
from local.folder import CHECKOUT


@pytest.fixture
def bare_machine(tmp_path: Path) -> dict[str, str]:
    """An environment with a shell's usual company, and no Python."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "mkdir", "mktemp", "rm", "mv"):
        (programs / name).symlink_to(shutil.which(name) or "")
    shutil.copy(CHECKOUT / "just", tmp_path)
    return {"PATH": str(programs)}


def just(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "just"], env=environment, capture_output=True, text=True, check=False
    )


def test_without_python_the_wrapper_says_what_is_needed(
    tmp_path: Path, bare_machine: dict[str, str]
) -> None:
    done = just(tmp_path, bare_machine)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        "Python 3.11 or newer is needed and was not found: install it, or set PYTHON to it."
    )
    assert [path.name for path in (tmp_path / ".uv").glob("new.*")] == []


def test_with_a_python_that_can_install_nothing_the_wrapper_says_what_is_needed(
    tmp_path: Path, bare_machine: dict[str, str]
) -> None:
    python = tmp_path / "bin" / "python3"
    python.write_text('#!/bin/sh\n[ "$1" = -c ]\n')
    python.chmod(0o755)

    done = just(tmp_path, bare_machine)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        "uv and just could not be installed with python3: it needs pip or venv (Debian: apt "
        "install python3-venv) and a package index within reach; .uv/install.log says more."
    )


def test_the_map_names_every_package_and_what_it_is_for(run) -> None:
    places = json.loads(run("map", "--json").stdout)

    purposes = {place["name"]: place["purpose"] for place in places}
    assert {"kit", "customer", "campaign", "channel", "loyalty", "gateway", "local"} <= set(
        purposes
    )
    assert purposes["local"] == (
        "The whole platform on one machine: PostgreSQL, NATS, services, gateway, demo data."
    )
    (local,) = [place for place in places if place["name"] == "local"]
    (postgres,) = [part for part in local["parts"] if part["name"] == "postgres"]
    assert postgres["purpose"] == (
        "PostgreSQL from its wheel: laid out, started, stopped, and asked."
    )


def test_every_package_and_module_says_what_it_is_for(run) -> None:
    def unexplained(place: dict, path: str) -> list[str]:
        here = f"{path}.{place['name']}"
        below = [one for part in place["parts"] for one in unexplained(part, here)]
        return below if place["purpose"] else [here, *below]

    places = json.loads(run("map", "--json").stdout)

    assert [one for place in places for one in unexplained(place, "")] == []


def test_failed_checks_are_named_with_a_remedy_and_the_others_still_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fails = Check("tidy", ("sh", "-c", "echo it is a mess; exit 1"), "tidy up")
    passes = Check("awake", ("true",))
    monkeypatch.setattr(checks, "CHECKS", (fails, passes))

    code = checks.run(Console(width=200), [])

    said = capsys.readouterr().out
    assert code == 1
    assert "✓ awake" in said
    assert "✗ tidy" in said
    assert "it is a mess" in said
    assert said.endswith("tidy failed: tidy up\n1 checks passed, 1 failed\n")


def test_a_check_that_does_not_exist_is_refused(run) -> None:
    done = run("check", "horoscope")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("✗ There is no such check. The checks are: types, ")


def test_a_migration_is_written_for_services_alone(run) -> None:
    done = run("migration", "post-office", "Deliver letters", **os.environ)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "✗ There is no service 'post-office'. "
        "The services are: customer, campaign, channel, loyalty.\n"
    )
