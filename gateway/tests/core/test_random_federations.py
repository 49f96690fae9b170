"""Whatever the federation and whatever the document: the answer is that of one schema."""

from random import Random

from federated.composition import DoesNotCompose, compose_many
from federated.documents import VARIABLES, make_document
from federated.gateway import ask
from federated.generation import make_federation
from federated.monolith import Monolith
from federated.subgraph import Subgraphs
from federated.values import AnyValue

from gateway.supergraph import Supergraph

FEDERATIONS = 40
DOCUMENTS_EACH = 6


async def test_random_federations_answer_random_documents_like_one_schema():
    drafts = [make_federation(seed) for seed in range(FEDERATIONS)]
    for seed, (sdls, composed) in enumerate(zip(drafts, compose_many(drafts), strict=True)):
        if isinstance(composed, DoesNotCompose):
            continue
        supergraph = Supergraph.from_sdl(composed)
        for document_seed in Random(seed).sample(range(10**6), DOCUMENTS_EACH):
            query = make_document(supergraph.api_schema, document_seed)
            subgraphs = Subgraphs({name: AnyValue(sdl) for name, sdl in sdls.items()})

            answer = await ask(supergraph, subgraphs, query, VARIABLES, often=True)

            expected = Monolith(supergraph).ask(query, VARIABLES)
            assert answer == expected, f"federation {seed}, document {document_seed}:\n{query}"
