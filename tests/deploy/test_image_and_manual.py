"""The image is built from what is here; the manual's tables are those of the settings."""

from pathlib import Path

import pytest
from deploy import image, manual
from deploy.manifests import ROOT


@pytest.fixture
def spoil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Replaces a piece of the Dockerfile and says what is wrong with the result."""

    def spoilt(piece: str, by: str) -> list[str]:
        text = (ROOT / "Dockerfile").read_text()
        assert piece in text
        changed = tmp_path / "Dockerfile"
        changed.write_text(text.replace(piece, by))
        monkeypatch.setattr(image, "DOCKERFILE", changed)
        return list(image.problems())

    return spoilt


def test_the_image_has_no_problem():
    assert list(image.problems()) == []


@pytest.mark.parametrize(
    ("piece", "by", "problem"),
    [
        ("USER 10001:10001", "USER octoreach", "the image may run as root: give USER a number"),
        ("COPY gateway gateway", "COPY gatway g", "the image copies gatway, which is not there"),
        (
            "COPY services/loyalty/pyproject.toml services/loyalty/\n",
            "",
            "the image leaves out services/loyalty/pyproject.toml",
        ),
    ],
)
def test_what_is_wrong_with_the_image_is_told(spoil, piece: str, by: str, problem: str):
    assert spoil(piece, by) == [problem]


def test_an_image_on_whatever_is_newest_is_told(spoil):
    problems = spoil("/uv:0.", "/uv:9.")
    assert len(problems) == 1
    assert problems[0].startswith("the image is built with another uv than ")

    assert "the image is built on ghcr.io/astral-sh/uv:latest: pin a version" in spoil(
        "ghcr.io/astral-sh/uv:0.13.9", "ghcr.io/astral-sh/uv:latest"
    )


def test_a_setting_that_the_manual_has_otherwise_makes_it_stale():
    text = (ROOT / "docs" / "operations.md").read_text()
    changed = text.replace("| `DRAIN_SECONDS` | `20` |", "| `DRAIN_SECONDS` | `30` |")

    assert changed != text
    assert manual.rewritten(text) == text
    assert manual.rewritten(changed) == text
    assert list(manual.stale()) == []
