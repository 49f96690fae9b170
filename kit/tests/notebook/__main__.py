"""The notebook's command line."""

from kit.cli import commands
from notebook.app import notebook

if __name__ == "__main__":
    commands(notebook)()
