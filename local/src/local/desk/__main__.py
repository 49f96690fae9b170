"""Runs the desk: `python -m local.desk FOLDER PORT URL`."""

import sys
from pathlib import Path

import uvicorn

from local.desk.app import desk
from local.folder import Folder
from local.ports import HOST


def main() -> None:
    folder, port, url = sys.argv[1:4]
    app = desk(Folder(Path(folder)), url)
    uvicorn.run(app, host=HOST, port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
