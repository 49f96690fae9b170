"""The public audit of GraphQL over HTTP: all of its checks."""

from pathlib import Path

import orjson
from gateway.tests.serving import node

AUDIT = Path(__file__).parent / "http_audit"


async def test_every_check_of_the_public_audit_passes(front):
    url = f"{front.url}/graphql"

    await node.install(AUDIT)

    results = orjson.loads(await node.run(AUDIT, "audit.mjs", url))

    assert [each for each in results if each["status"] != "ok"] == []
    assert len(results) == 61
