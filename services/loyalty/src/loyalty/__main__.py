"""The loyalty service's command line."""

from kit.cli import commands
from loyalty.app import loyalty

if __name__ == "__main__":
    commands(loyalty)()
