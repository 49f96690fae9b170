"""The campaign service's command line."""

from campaign.app import campaign
from kit.cli import commands

if __name__ == "__main__":
    commands(campaign)()
