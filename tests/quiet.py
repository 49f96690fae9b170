"""Waiting until a whole platform is at rest: nothing left to tell, nothing left to hear."""

import asyncio

import nats
from nats.js import JetStreamContext
from tests.platform import Platform

from local import psql
from local.folder import Folder
from local.problems import Problem
from local.running.databases import database_url
from local.running.plan import SERVICES

WITHIN_SECONDS = 300
STREAMS = tuple(service.upper() for service in SERVICES)


async def until_quiet(platform: Platform) -> None:
    """Until two looks find every outbox empty, all heard, and streams that end where they did."""
    connection = await nats.connect(f"nats://127.0.0.1:{platform.plan.ports['nats']}")
    before: list[int] | None = None
    async with asyncio.timeout(WITHIN_SECONDS):
        while True:
            now = await _ends(platform, connection.jetstream())
            if now is not None and now == before:
                break
            before = now
            await asyncio.sleep(0.5)
    await connection.close()


async def _ends(platform: Platform, js: JetStreamContext) -> list[int] | None:
    """Where each stream ends; None while anybody has something left."""
    if await asyncio.to_thread(_untold, platform):
        return None
    consumers = [each for stream in STREAMS for each in await js.consumers_info(stream)]
    if any(each.num_pending or each.num_ack_pending for each in consumers):
        return None
    return [(await js.stream_info(stream)).state.last_seq for stream in STREAMS]


def _untold(platform: Platform) -> bool:
    try:
        return any(ask(platform, each, "SELECT count(*) FROM outbox") != "0" for each in SERVICES)
    except Problem:
        return True


def ask(platform: Platform, service: str, statement: str) -> str:
    """What a service's own database answers."""
    return psql.ask(database_url(Folder(platform.folder), platform.plan, service), statement)
