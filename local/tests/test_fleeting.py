import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import fleeting
from local.fleeting import fleeting_folder

DIES = """import os, pathlib, sys
from local.fleeting import fleeting_folder
with fleeting_folder(pathlib.Path(sys.argv[1])):
    os.kill(os.getpid(), 9)"""


@pytest.fixture(autouse=True)
def _room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleeting, "ROOM_BYTES", 1)


def test_a_fleeting_folder_is_in_memory_and_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    with fleeting_folder(tmp_path) as folder:
        (folder / "deep" / "down").mkdir(parents=True)

        assert folder.parent == tmp_path

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_and_what_is_in_use_stays(tmp_path: Path) -> None:
    with fleeting_folder(tmp_path) as used:
        subprocess.run([sys.executable, "-c", DIES, tmp_path], check=False)
        left = [each for each in tmp_path.iterdir() if each != used]

        with fleeting_folder(tmp_path) as another:
            now = set(tmp_path.iterdir())

    assert now == {used, another}
    assert len(left) == 1


@pytest.mark.parametrize("room", [2**70, 1])
def test_without_room_in_memory_or_a_place_there_it_is_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(fleeting, "ROOM_BYTES", room)
    memory = tmp_path if room > 1 else tmp_path / "none"

    with fleeting_folder(memory) as folder:
        assert not folder.is_relative_to(tmp_path)
        assert os.access(folder, os.W_OK)
