"""The channel service's command line."""

from channel.app import channel
from kit.cli import commands

if __name__ == "__main__":
    commands(channel)()
