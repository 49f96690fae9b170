"""Makes the federated test support importable; an ordinary federation to test with."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from federated.suites import Suite, find_suite

from gateway.supergraph import Supergraph


@pytest.fixture(scope="session")
def library() -> Suite:
    return find_suite("library")


@pytest.fixture(scope="session")
def supergraph(library: Suite) -> Supergraph:
    return library.supergraph()
