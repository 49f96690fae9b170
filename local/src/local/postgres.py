"""PostgreSQL from its wheel: laid out, started, stopped, and asked."""

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from local.last_words import last_words
from local.ports import HOST
from local.problems import Problem, unwritable
from local.processes import Identity
from local.psql import ask, binary, identifier
from local.server import Server
from local.spawn import Account, spawn, unprivileged_account

SUPERUSER = "octoreach"
_READY = "ready"
_STATUS_LINE = 7

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "io_method": "sync",  # the default's three workers only cost memory at this size
    "jit": "off",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "max_logical_replication_workers": "0",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
_FORGETFUL = {
    "fsync": "off",
    "full_page_writes": "off",
    "dynamic_shared_memory_type": "mmap",  # goes with the folder, whatever ends the server
}


class PostgresServer(Server):
    """One server with one data folder; a context manager that starts and stops it.

    Durable unless `fsync=False`, which is for tests.
    """

    name = "PostgreSQL"

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        fsync: bool = True,
        password: str | None = None,
        settings: Mapping[str, str] | None = None,
        log: Path | None = None,
        mortal: bool = True,
    ) -> None:
        super().__init__(folder, port, log, mortal=mortal)
        self.password = password
        self.settings = _SETTINGS | ({} if fsync else _FORGETFUL) | dict(settings or {})

    def url(self, database: str = "postgres") -> str:
        password = f":{quote(self.password, safe='')}" if self.password else ""
        return f"postgresql://{SUPERUSER}{password}@{HOST}:{self.port}/{database}"

    def ask(self, statement: str, database: str = "postgres") -> str:
        return ask(self.url(database), statement)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database, empty or as a copy of another, and return its URL."""
        copied = f" TEMPLATE {identifier(template)}" if template else ""
        self.ask(f"CREATE DATABASE {identifier(name)}{copied}")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.ask(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")

    def account(self) -> Account | None:
        return unprivileged_account(self.folder)

    def command(self) -> list[str]:
        chosen = [f"--{name}={value}" for name, value in self.settings.items()]
        return [str(binary("postgres")), "-D", str(self.folder), "-p", str(self.port), *chosen]

    def prepare(self) -> None:
        """Lay out the data folder if it is new, and clear what a crash left in the way."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            occupied = any(self.folder.iterdir())
        except OSError as error:
            raise unwritable(self.folder, error) from error
        if not occupied:
            self._lay_out()
        self._require_sound_folder()
        self._forget_dead_server()

    def is_ready(self) -> bool:
        return self._lock_file_line(_STATUS_LINE) == _READY and self._holder_lives()

    def is_ready_as(self, pid: int) -> bool:
        return self.is_ready() and self._lock_file_line(0) == str(pid)

    def farewell(self) -> signal.Signals:
        return signal.SIGINT if self.settings.get("fsync") != "off" else signal.SIGQUIT

    def _lay_out(self) -> None:
        account = self.account()
        if account:
            os.chown(self.folder, account.uid, account.gid)
        with tempfile.NamedTemporaryFile("w", dir=self.folder.parent) as secret:
            secret.write(self.password or "unused")
            secret.flush()
            if account:
                os.chown(secret.name, account.uid, account.gid)
            self._run_initdb(account, secret.name)

    def _run_initdb(self, account: Account | None, password_file: str) -> None:
        method = "scram-sha-256" if self.password else "trust"
        durable = [] if self.settings.get("fsync") != "off" else ["--no-sync"]
        # Small log segments: a new server takes 40 MB instead of 60.
        options = ["--locale=C.UTF-8", "--encoding=UTF8", "--wal-segsize=4", f"--auth={method}"]
        login = [f"--username={SUPERUSER}", f"--pwfile={password_file}"]
        process = spawn(
            [str(binary("initdb")), "-D", str(self.folder), *options, *login, *durable],
            log=self.log,
            account=account,
            reaching=self.folder,
        )
        if process.wait() != 0:
            raise Problem(f"PostgreSQL could not lay out {self.folder}: {last_words(self.log)}.")

    def _require_sound_folder(self) -> None:
        program = subprocess.run(  # noqa: S603
            [binary("postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout
        wanted = re.search(r"\d+", program)
        version = self.folder / "PG_VERSION"
        found = version.read_text().strip() if version.exists() else "none"
        if wanted and found != wanted[0]:
            raise Problem(
                f"{self.folder} is no data folder of PostgreSQL {wanted[0]} (version: {found}): "
                "put it right from a backup, or start afresh with ./just reset."
            )

    def _lock_file_line(self, number: int) -> str:
        lines: list[str] = []
        with suppress(FileNotFoundError):
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        return lines[number].strip() if len(lines) > number else ""

    def _forget_dead_server(self) -> None:
        """After a crash another process may have the old number, and PostgreSQL would not start."""
        if not self._holder_lives():
            (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def _holder_lives(self) -> bool:
        number = self._lock_file_line(0)
        if not number or Identity.of(int(number)) is None:
            return False
        return Path(f"/proc/{number}/comm").read_text().strip() == "postgres"
