"""The manual is true: every setting, path and error code in it, and none that is not there."""

import re
from pathlib import Path

from gateway.settings import Settings

ROOT = Path(__file__).parents[3]
MANUAL = (ROOT / "docs" / "gateway.md").read_text(encoding="utf-8")
SOURCES = "\n".join(
    file.read_text(encoding="utf-8") for file in (ROOT / "gateway" / "src").rglob("*.py")
)


def test_the_manual_names_every_setting():
    missing = [name for name in Settings.model_fields if f"`{name.upper()}`" not in MANUAL]

    assert missing == []


def test_the_manual_names_every_code_that_the_serving_side_gives():
    given = set(
        re.findall(r'"((?:SUBGRAPH|GRAPHQL|PERSISTED|DOCUMENT|OPERATION)_[A-Z_]+)"', SOURCES)
    )

    assert sorted(code for code in given if f"`{code}`" not in MANUAL) == []


def test_the_manual_names_every_metric():
    counted = set(re.findall(r'"(gateway_[a-z_]+)",\s+"[A-Z]', SOURCES))

    assert sorted(name for name in counted if name not in MANUAL) == []
    assert len(counted) >= 8
