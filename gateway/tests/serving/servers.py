"""Real servers on free ports, in the loop of the test."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


class QuietServer(uvicorn.Server):
    def capture_signals(self) -> Any:
        raise AssertionError("a test's server takes no signals")


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The address of `app` while it is served."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, log_config=None, lifespan="auto", ws="websockets-sansio", timeout_keep_alive=30
        )
        config.timeout_graceful_shutdown = 1
        server = QuietServer(config)
        running = asyncio.ensure_future(server._serve(sockets=[listening]))
        while not server.started:
            if running.done():
                running.result()
            await asyncio.sleep(0.005)
        host, port = listening.getsockname()
        try:
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            await running
