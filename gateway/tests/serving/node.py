"""Node for the peers that tests talk to."""

import asyncio
from pathlib import Path

from local import node
from local.node import NODE

__all__ = ["NODE", "install", "run"]


async def install(folder: Path) -> None:
    """What the folder's lock file says, unless it is there."""
    await asyncio.to_thread(node.install, folder)


async def run(folder: Path, *program: str) -> str:
    """The output of a Node program in `folder`."""
    process = await asyncio.create_subprocess_exec(
        NODE, *program, cwd=folder, env=node.environment(), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()
