"""The supergraph in use, taken in from its file, and anew whenever the file changes."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import structlog

from gateway import watching
from gateway.documents.library import Library
from gateway.documents.reading import DocumentRules
from gateway.observation.exposition import put_down
from gateway.observation.measures import Measures
from gateway.supergraph import Supergraph, SupergraphInvalid
from gateway.upstream.subgraph import Care, SigningKey, Upstream
from gateway.watching import Seen, look

logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Graph:
    """A supergraph in use: replaced as a whole, so that every request sees one or the other."""

    library: Library
    upstreams: Mapping[str, Upstream]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every graph is given: rules for documents, the way to subgraphs."""

    rules: DocumentRules
    care: Care
    signing_key: SigningKey | None
    urls: Mapping[str, str]
    worker: Executor
    measures: Measures


class Graphs:
    """Reads the file; keeps what it has when the new file is broken."""

    def __init__(self, path: Path, surroundings: Surroundings) -> None:
        self._path = path
        self._surroundings = surroundings
        self._seen: Seen | None = None
        self._current: Graph | None = None

    @property
    def current(self) -> Graph:
        if self._current is None:
            raise RuntimeError("no supergraph was taken in yet")
        return self._current

    async def take_in(self) -> None:
        """Read the file and use it; raises SupergraphInvalid or OSError and changes nothing."""
        seen = look(self._path)
        graph = await self._graph()
        before, self._current, self._seen = self._current, graph, seen
        self._surroundings.measures.loaded("taken in")
        if before is not None:
            before.library.note_uses()
            _close(before, graph)

    async def watch(self) -> None:
        """Look for a new file for ever."""
        while True:
            await asyncio.sleep(watching.LOOK_SECONDS)
            self.current.library.note_uses()
            put_down(self._surroundings.measures)
            try:
                seen = look(self._path)
                if seen != self._seen:
                    self._seen = seen
                    await self.take_in()
                    logger.info("a new supergraph is in use", path=str(self._path))
            except (SupergraphInvalid, OSError, ValueError) as reason:
                self._surroundings.measures.loaded("refused")
                logger.error("the supergraph is refused", path=str(self._path), reason=str(reason))

    def close(self) -> None:
        if self._current is not None:
            self._current.library.note_uses()
            for upstream in self._current.upstreams.values():
                upstream.close()

    async def _graph(self) -> Graph:
        around = self._surroundings
        text = await asyncio.to_thread(self._path.read_text, encoding="utf-8")
        supergraph = await asyncio.to_thread(Supergraph.from_sdl, text)
        library = Library(supergraph, around.rules, around.worker, around.measures)
        return Graph(library, self._upstreams(supergraph))

    def _upstreams(self, supergraph: Supergraph) -> dict[str, Upstream]:
        """A subgraph that stays where it was keeps its connections and its record."""
        around = self._surroundings
        before = self._current.upstreams if self._current else {}
        upstreams: dict[str, Upstream] = {}
        for name, subgraph in supergraph.subgraphs.items():
            url = around.urls.get(name, subgraph.url)
            known = before.get(name)
            if known is None or known.url != url:
                known = Upstream(name, url, around.care, around.signing_key)
            upstreams[name] = known
        return upstreams


def _close(before: Graph, after: Graph) -> None:
    kept = set(map(id, after.upstreams.values()))
    for upstream in before.upstreams.values():
        if id(upstream) not in kept:
            upstream.close()
