"""HTTP as servers may write it, byte by byte, from a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.execution import SubgraphFailure
from gateway.upstream.connection import Answer
from gateway.upstream.errors import ConnectionLost, Garbled, TooLate, TooMuch
from gateway.upstream.pool import Limits, Pool

ASK = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"


@asynccontextmanager
async def saying(*pieces: bytes, closing: bool = True) -> AsyncIterator[Pool]:
    """A pool of connections to a server that answers every request with these bytes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.005)
                if closing:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    pool = Pool("it", f"http://{host}:{port}/", Limits(answer_bytes=1_000))
    async with server:
        yield pool
        pool.close()


async def outcome(pool: Pool, within_seconds: float = 60) -> Answer | type[SubgraphFailure]:
    try:
        return await pool.request(ASK, within_seconds)
    except SubgraphFailure as failure:
        return type(failure)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ((b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",), Answer(200, b"{}")),
        ((b"HTTP/1.1 200 OK\r\nContent-Le", b"ngth: 2\r\n\r\n{", b"}"), Answer(200, b"{}")),
        (
            (
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
                b"1\r\n}\r\n0\r\n\r\n",
            ),
            Answer(200, b"{}"),
        ),
        ((b"HTTP/1.1 200 OK\r\n\r\n{", b"}"), Answer(200, b"{}")),
        ((b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n{}",), Answer(200, b"{}")),
        (
            (
                b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n",
                b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
            ),
            Answer(200, b"{}"),
        ),
        ((b"HTTP/1.1 204 No Content\r\n\r\n",), Answer(204, b"")),
        ((b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{}",), ConnectionLost),
        ((b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{}",), ConnectionLost),
        ((b"HTTP/1.1 200 OK\r\nconte",), ConnectionLost),
        ((b"",), ConnectionLost),
        ((b"SMTP ready\r\n\r\n",), Garbled),
        ((b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",), Garbled),
        ((b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",), Garbled),
        ((b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n", b"x" * 1_001), TooMuch),
        ((b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 400] * 4), TooMuch),
    ],
)
async def test_an_answer_is_read_however_it_is_cut(pieces, expected):
    async with saying(*pieces) as pool:
        assert await outcome(pool) == expected


async def test_a_server_that_never_answers_is_given_up():
    async with saying(b"HTTP/1.1 200 OK\r\n", closing=False) as pool:
        assert await outcome(pool, 0.3) == TooLate
        assert pool.under_way == 0


async def test_a_connection_that_says_more_than_was_asked_is_not_used_again():
    twice = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}" * 2
    async with saying(twice, closing=False) as pool:
        first = await outcome(pool)
        await asyncio.sleep(0.02)

        assert first == Answer(200, b"{}")
        assert await outcome(pool) == Answer(200, b"{}")


async def test_whoever_stops_waiting_leaves_the_connection_to_the_next():
    async with saying(
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", b"{}", closing=False
    ) as some:
        pool = Pool("it", f"http://{some.host}:{some.port}/", Limits(connections=1))
        waiting = [asyncio.ensure_future(pool.request(ASK, 60)) for _ in range(10)]
        await asyncio.sleep(0)
        for each in waiting[:8]:
            each.cancel()

        answers = await asyncio.gather(*waiting[8:])

        assert answers == [Answer(200, b"{}")] * 2
        assert pool.under_way == 0
        pool.close()
