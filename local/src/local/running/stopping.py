"""Ending programs in the reverse order of starting, so that none misses what it still needs."""

import signal

from local.processes import end_all
from local.running.journal import Journal
from local.running.plan import SERVICES

STOP_WITHIN_SECONDS = 12
STAGES = (("guard",), ("gateway",), SERVICES, ("desk",), ("nats",), ("postgres",))


def stop_programs(journal: Journal) -> None:
    for stage in STAGES:
        entries = [journal.entries[name] for name in stage if name in journal.entries]
        living = [process for entry in entries if (process := entry.process())]
        # PostgreSQL waits for its clients on SIGTERM, and sends them home on SIGINT.
        politely = signal.SIGINT if "postgres" in stage else signal.SIGTERM
        end_all(living, politely=politely, within_seconds=STOP_WITHIN_SECONDS)
    for entry in journal.entries.values():
        entry.state = "stopped"
