"""Running the application in one process, and ending it without losing a request."""

import asyncio
import gc
import signal
import sys
from multiprocessing.synchronize import Event
from socket import socket
from types import FrameType
from typing import Final

import uvicorn

from gateway.observation import tracing
from gateway.serving.app import Gateway
from gateway.settings import Settings
from kit import logs

KEEP_ALIVE_SECONDS: Final = 75


class Server(uvicorn.Server):
    """Answers `not ready` for a while before it closes the port, so that nobody is sent here."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway, ready: Event | None) -> None:
        super().__init__(config)
        self._gateway = gateway
        self._ready = ready

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        calm_interpreter()
        if self.started and self._ready is not None:
            self._ready.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        asyncio.get_running_loop().call_soon_threadsafe(self._wind_down, sig)

    def _wind_down(self, sig: int) -> None:
        seconds = self._gateway.settings.unready_seconds
        if seconds and sig == signal.SIGTERM and not self._gateway.draining:
            self._gateway.draining = True
            asyncio.get_running_loop().call_later(seconds, self._end, sig)
        else:
            self._end(sig)

    def _end(self, sig: int) -> None:
        self._gateway.drain()
        super().handle_exit(sig, None)


def calm_interpreter() -> None:
    """Keep the collector from walking the schema again and again, and worker threads from the loop."""
    sys.setswitchinterval(0.001)
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def serve(
    settings: Settings, port_shared: socket | None = None, ready: Event | None = None
) -> None:
    """Serve until told to stop; `ready` is set once requests are taken."""
    logs.setup("gateway", settings.log_level)
    tracing.setup("gateway")
    gateway = Gateway(settings)
    config = uvicorn.Config(
        gateway,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=settings.max_body_bytes,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
    )
    Server(config, gateway, ready).run([port_shared] if port_shared else None)
