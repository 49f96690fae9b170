import asyncio
from collections.abc import AsyncIterator

import nats
import pytest
from nats.aio.client import Client
from nats.js.errors import NoStreamResponseError

from kit.publishing import Publisher
from local.nats import NatsServer

SUBJECT = "octoreach.printing.page.printed.v1"


@pytest.fixture
async def connection(nats_server: NatsServer) -> AsyncIterator[Client]:
    connection = await nats.connect(nats_server.url)
    await connection.jetstream().add_stream(name="PRINTING", subjects=["octoreach.printing.>"])
    yield connection
    await connection.jetstream().delete_stream("PRINTING")
    await connection.close()


async def test_each_message_is_told_where_in_the_stream_it_lies(connection: Client) -> None:
    publisher = Publisher(connection)

    stored = [await publisher.send(SUBJECT, b"%d" % each, {"Page": "1"}) for each in range(50)]

    assert await asyncio.wait_for(asyncio.gather(*stored), 60) == [*range(1, 51)]
    last = await connection.jetstream().get_msg("PRINTING", 50)
    assert (last.data, last.headers) == (b"49", {"Page": "1"})


async def test_what_no_stream_takes_is_told_apart_from_what_is_late(connection: Client) -> None:
    publisher = Publisher(connection)

    nobody = await publisher.send("octoreach.nobody.page.printed.v1", b"0", {})
    stored = await publisher.send(SUBJECT, b"1", {})

    with pytest.raises(NoStreamResponseError):
        await asyncio.wait_for(nobody, 60)
    assert await asyncio.wait_for(stored, 60) == 1
