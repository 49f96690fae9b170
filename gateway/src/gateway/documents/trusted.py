"""Trusted documents: those the front ends were built with, known by their hash."""

import asyncio
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Literal

import orjson
import structlog

from gateway import watching
from gateway.http.requests import GraphQLRequest
from gateway.refusals import OperationRefused, error
from gateway.watching import look

logger = structlog.stdlib.get_logger(__name__)

TrustMode = Literal["off", "log", "enforce"]


class ManifestInvalid(Exception):
    """The manifest is not a JSON object of document texts by their SHA-256."""


def hash_of(document: str) -> str:
    return sha256(document.encode()).hexdigest()


def manifest_of(documents: Iterable[str]) -> bytes:
    """The manifest that trusts `documents`, the same bytes whatever their order."""
    return orjson.dumps(
        {hash_of(document): document for document in documents},
        option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
    )


def read_manifest(path: Path) -> dict[str, str]:
    try:
        manifest = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as failure:
        raise ManifestInvalid(f"{path}: {failure}") from None
    if not isinstance(manifest, dict):
        raise ManifestInvalid(f"{path}: not a JSON object")
    for known, document in manifest.items():
        if not isinstance(document, str) or hash_of(document) != known:
            raise ManifestInvalid(f"{path}: {known} is not the hash of its document")
    return manifest


class TrustedDocuments:
    """Finds documents by hash, and in mode `enforce` lets no other document through."""

    def __init__(self, mode: TrustMode, path: Path | None) -> None:
        self._mode = mode
        self._path = path
        self._seen = look(path) if path is not None else None
        self._told: set[str] = set()
        self._use(read_manifest(path) if path is not None else {})

    def _use(self, manifest: Mapping[str, str]) -> None:
        self._by_hash = manifest
        self._texts = frozenset(manifest.values())

    async def watch(self) -> None:
        """Look for a new manifest for ever; keep the old one where the new one is broken."""
        while self._path is not None:
            await asyncio.sleep(watching.LOOK_SECONDS)
            try:
                seen = look(self._path)
                if seen != self._seen:
                    self._seen = seen
                    self._use(await asyncio.to_thread(read_manifest, self._path))
                    logger.info("a new manifest is in use", documents=len(self._by_hash))
            except (ManifestInvalid, OSError) as reason:
                logger.error("the manifest is refused", reason=str(reason))

    def text(self, request: GraphQLRequest) -> str:
        """The document to run, or OperationRefused."""
        if request.document_id is not None:
            return self._looked_up(request.document_id, request.query)
        query = request.query or ""
        if self._mode != "off" and query not in self._texts:
            self._strange(query)
        return query

    def _looked_up(self, document_id: str, query: str | None) -> str:
        known = self._by_hash.get(document_id)
        if known is None:
            raise refused("The document is not known.", "PERSISTED_QUERY_NOT_FOUND")
        if query is not None and query != known:
            raise refused("The document does not have that hash.", "PERSISTED_QUERY_HASH_MISMATCH")
        return known

    def _strange(self, query: str) -> None:
        if self._mode == "enforce":
            raise refused("Only trusted documents are run.", "DOCUMENT_NOT_TRUSTED")
        known = hash_of(query)
        if known not in self._told and len(self._told) < 1_000:
            self._told.add(known)
            logger.warning("a document that is not trusted was run", document=known)


def refused(message: str, code: str) -> OperationRefused:
    return OperationRefused([error(message, code)])
