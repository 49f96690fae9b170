import pytest
from notebook.app import notebook

from kit.app import Service


@pytest.fixture
def service() -> Service:
    return notebook
