"""On random federations and documents: the answers of @apollo/gateway, with no more requests."""

from random import Random

from federated.composition import DoesNotCompose, compose_many
from federated.documents import VARIABLES, make_document
from federated.gateway import ask
from federated.generation import make_federation
from federated.subgraph import Subgraphs
from federated.values import AnyValue
from peer import running_peer

from gateway.supergraph import Supergraph

FEDERATIONS = 16
DOCUMENTS_EACH = 4


async def test_answers_are_those_of_the_peer_and_cost_no_more_requests():
    ours = theirs = 0
    drafts = [make_federation(seed, cautious=True) for seed in range(FEDERATIONS)]
    async with running_peer() as peer:
        for seed, (sdls, composed) in enumerate(zip(drafts, compose_many(drafts), strict=True)):
            if isinstance(composed, DoesNotCompose):
                continue
            supergraph = Supergraph.from_sdl(composed)
            await peer.load(composed)
            for document_seed in Random(seed).sample(range(10**6), DOCUMENTS_EACH):
                query = make_document(supergraph.api_schema, document_seed, conditional=False)
                mine = Subgraphs({name: AnyValue(sdl) for name, sdl in sdls.items()})
                other = Subgraphs({name: AnyValue(sdl) for name, sdl in sdls.items()})

                answer = await ask(supergraph, mine, query, VARIABLES)

                expected = await peer.ask(query, VARIABLES, other)
                assert answer == {"data": expected["data"]}, f"{seed}, {document_seed}:\n{query}"
                assert expected["failed"] is False
                ours, theirs = ours + len(mine.log), theirs + len(other.log)
    assert 0 < ours <= theirs
