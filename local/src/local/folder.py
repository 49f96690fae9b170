"""What lies where in the folder that holds one machine's data, keys and logs."""

import base64
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.problems import Problem, unwritable

CHECKOUT = Path(__file__).resolve().parents[3]
ISSUER_KEY = "issuer-key.json"
DATABASE_LOGIN = "database-login"
SIGNATURE_KEYS = "gateway-signature-keys"
KEYS = (ISSUER_KEY, DATABASE_LOGIN, SIGNATURE_KEYS, "jwks.json")
NEEDED_BYTES = 256_000_000


@dataclass(frozen=True)
class Folder:
    """`.local/` in the checkout, unless LOCAL_FOLDER names another."""

    path: Path

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def nats(self) -> Path:
        return self.path / "nats"

    @property
    def public_keys(self) -> Path:
        """The issuer's keys as services read them: from a file, which nobody can kill."""
        return self.path / "jwks.json"

    @property
    def traces(self) -> Path:
        return self.path / "traces.sqlite"

    @property
    def tokens(self) -> Path:
        return self.path / "tokens"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def plan(self) -> Path:
        return self.path / "run" / "plan.json"

    @property
    def journal(self) -> Path:
        return self.path / "run" / "journal.json"

    @property
    def lock(self) -> Path:
        return self.path / "run" / "lock"

    @property
    def stopping(self) -> Path:
        """While this file exists nobody starts the keeper again."""
        return self.path / "run" / "stopping"

    @property
    def seeded(self) -> Path:
        """Exists once the demo data are in."""
        return self.path / "seeded"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def lay_out(self) -> None:
        try:
            # PostgreSQL, which refuses to be root, must get through to its own folder.
            mode = 0o755 if os.geteuid() == 0 else 0o700
            for folder in (self.path, self.logs, self.lock.parent):
                folder.mkdir(mode, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path) as probe:
                probe.write(b"writable")
        except OSError as error:
            raise unwritable(self.path, error) from error

    def require_room(self, needed_bytes: int = NEEDED_BYTES) -> None:
        free = shutil.disk_usage(self.path).free
        if free < needed_bytes:
            raise Problem(
                f"{self.path} is on a full disk ({free // 1_000_000} MB left, "
                f"{needed_bytes // 1_000_000} MB needed): make room and try again."
            )

    def remove(self) -> None:
        """All that we laid out, and nothing else that may lie here."""
        ours = ("postgres", "nats", "tokens", "logs", "run", "seeded", *KEYS)
        try:
            for path in [*(self.path / name for name in ours), *self.path.glob("traces.sqlite*")]:
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def kept(self, name: str, make: Callable[[], str]) -> str:
        """A secret made once; whoever comes at the same time gets the same one."""
        path = self.path / name
        if not path.exists():
            self.lay_out()
            handle, draft = tempfile.mkstemp(dir=self.path)
            with os.fdopen(handle, "w") as file:
                file.write(make())
            try:
                os.link(draft, path)
            except FileExistsError:
                return self.kept(name, make)
            finally:
                Path(draft).unlink()
        return self._read_secret(path)

    def database_password(self) -> str:
        return self.kept(DATABASE_LOGIN, lambda: secrets.token_urlsafe(24))

    def signature_keys(self) -> str:
        return self.kept(SIGNATURE_KEYS, _new_signature_key)

    @staticmethod
    def _read_secret(path: Path) -> str:
        try:
            return path.read_text()
        except OSError as error:
            raise Problem(f"{path} belongs to another user: {error.strerror}.") from error


def _new_signature_key() -> str:
    return f"local:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def write_whole(path: Path, content: object) -> None:
    """Replace a JSON file at once, so that no reader sees half of it."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(content))
    draft.replace(path)
