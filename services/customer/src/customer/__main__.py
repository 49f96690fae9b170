"""The customer service's command line."""

from customer.app import customer
from kit.cli import commands

if __name__ == "__main__":
    commands(customer)()
