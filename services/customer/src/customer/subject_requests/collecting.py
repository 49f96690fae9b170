"""Collecting an archive: every service is asked for its part, page by page, until all are in.

What is personal never goes over the bus, where it would stay: it comes by a signed request.
"""

import base64
import ssl
import time
import zlib
from functools import cache
from typing import Final
from uuid import UUID

import httpx
from opentelemetry.propagate import inject
from pydantic import ValidationError
from sqlmodel import col, select
from structlog import get_logger

from customer.identifiers.queries import every_id
from customer.settings import settings
from customer.subject_requests.models import (
    ArchivePage,
    RequestKind,
    RequestPart,
    RequestState,
    SubjectRequest,
)
from customer.subject_requests.progress import part_is_done
from kit.database import AsyncSession
from kit.personal.collecting import PATH, Asked, Collected, as_json
from kit.schedules import MORE
from kit.signature import sign

AT_ONCE: Final = 8
TURN_SECONDS: Final = 15
DEADLINE_SECONDS: Final = 10
log = get_logger(__name__)


class NotThere(Exception):
    """A service can't be asked now; the next turn tries again."""


async def collect_archives(session: AsyncSession) -> object:
    """Go on with the parts that are missing; a service that is away is asked again later."""
    statement = (
        select(RequestPart, SubjectRequest.customer_id)
        .join(SubjectRequest, col(SubjectRequest.id) == col(RequestPart.request_id))
        .where(
            col(RequestPart.done_at).is_(None),
            SubjectRequest.kind == RequestKind.EXPORT,
            SubjectRequest.state == RequestState.IN_PROGRESS,
        )
        .order_by(col(RequestPart.request_id), col(RequestPart.service))
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=RequestPart)
    )
    end = time.monotonic() + TURN_SECONDS
    more = False
    for part, customer_id in (await session.exec(statement)).all():
        more |= await _collect(session, part, customer_id, end)
    return MORE if more else None


async def _collect(session: AsyncSession, part: RequestPart, customer_id: UUID, end: float) -> bool:
    """Take pages of a part while there is time; whether it can be gone on with at once."""
    ids = await every_id(session, customer_id)
    while time.monotonic() < end:
        asked = Asked(ids=ids, place=part.place, after=part.after)
        try:
            page = await _asked(part.service, asked)
        except NotThere as away:
            part.problem = str(away)
            session.add(part)
            log.warning("part_not_collected", service=part.service, reason=str(away))
            return False
        _keep(session, part, page)
        if page.place is None:
            await session.flush()
            await part_is_done(session, part.request_id, part.service, part.rows)
            return False
    return True


async def _asked(service: str, asked: Asked) -> Collected:
    url = settings().service_urls.get(service)
    if url is None:
        raise NotThere("SERVICE_URLS does not say where it is")
    body = asked.model_dump_json().encode()
    headers = {"content-type": "application/json", **_signature(body)}
    inject(headers)
    try:
        async with httpx.AsyncClient(
            base_url=url, timeout=DEADLINE_SECONDS, verify=_trusted()
        ) as client:
            answer = await client.post(PATH, content=body, headers=headers)
            return Collected.model_validate_json(answer.raise_for_status().content)
    except httpx.HTTPStatusError as refused:
        raise NotThere(f"answered {refused.response.status_code}") from refused
    except (httpx.HTTPError, OSError, ValidationError) as away:
        raise NotThere(type(away).__name__) from away


@cache
def _trusted() -> ssl.SSLContext:
    """Read once: reading all authorities takes longer than a page does."""
    return httpx.create_ssl_context()


def _signature(body: bytes) -> dict[str, str]:
    keys = settings().gateway_signature_keys
    if not keys:
        raise NotThere("there is no key to sign with")
    name, secret = next(iter(keys.items()))
    return sign("POST", PATH, body, base64.b64decode(secret.get_secret_value()), name)


def _keep(session: AsyncSession, part: RequestPart, page: Collected) -> None:
    if page.rows:
        session.add(
            ArchivePage(
                request_id=part.request_id,
                service=part.service,
                number=part.pages,
                holding=page.table,
                title=page.title,
                rows=len(page.rows),
                content=zlib.compress(as_json(page.rows)),
            )
        )
        part.pages += 1
    part.rows += len(page.rows)
    part.place = page.place if page.place is not None else part.place
    part.after = page.after
    session.add(part)
