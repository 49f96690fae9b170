"""Composes the supergraph of every suite anew: python gateway/tests/conformance/compose_suites.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from federated.composition import DoesNotCompose, compose_many
from federated.suites import find_suites

if __name__ == "__main__":
    suites = list(find_suites())
    drafts = [suite.sdls() for suite in suites]
    for suite, composed in zip(suites, compose_many(drafts), strict=True):
        if isinstance(composed, DoesNotCompose):
            sys.stderr.write(f"{suite.name}: {composed}\n")
            continue
        suite.file.write_text(composed)
