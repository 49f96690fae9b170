"""What whoever runs a service asks it: does it live, is it ready, how is it doing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol, TypeAlias

import asyncpg
import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from starlette.responses import Response

from kit.database import Database
from kit.worker import Worker


class Probed(Protocol):
    """What serves, and may work."""

    worker: Worker | None

    async def missing(self) -> list[str]:
        """What stands between it and being ready."""


Probe: TypeAlias = Callable[[Probed], Awaitable[Response]]


async def missing_in_database(database: Database, head: str) -> list[str]:
    """A database that has gone further than this process is fine: it is being updated."""
    try:
        async with asyncio.timeout(2), database.reading() as session:
            found = await session.execute(text("SELECT version_num FROM alembic_version"))
            version = found.scalar_one_or_none() or ""
    except ProgrammingError:
        version = ""
    except (SQLAlchemyError, OSError, TimeoutError, asyncpg.PostgresError) as failure:
        return [f"database: {type(failure).__name__}"]
    return [] if version >= head else [f"migration to {head}: run migrate"]


async def _livez(_probed: Probed) -> Response:
    return _json({"status": "live"})


async def _readyz(probed: Probed) -> Response:
    missing = await probed.missing()
    waiting = probed.worker.missing() if probed.worker else []
    status = 503 if missing else 200
    return _json({"ready": not missing, "missing": missing, "waiting_for": waiting}, status)


async def _metrics(_probed: Probed) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


PROBES: Final[Mapping[str, Probe]] = {"/livez": _livez, "/readyz": _readyz, "/metrics": _metrics}
