# The commands of Octoreach. `./just` brings what it needs; a bare `./just` lists these.

set quiet
set no-exit-message
set positional-arguments

run := "exec uv run --no-sync --quiet"

[private]
default:
    just --justfile "{{ justfile() }}" --list --unsorted

# Start the whole platform and say where everything is (--detach, --port-base N, --json)
[group('the platform')]
up *options: install
    {{ run }} python -m local up "$@"

# Stop the platform; the data stay
[group('the platform')]
down *options: install
    {{ run }} python -m local down "$@"

# Stop the platform and throw its data away (--yes: without asking)
[group('the platform')]
reset *options: install
    {{ run }} python -m local reset "$@"

# Say what runs, where, and since when (--json)
[group('the platform')]
status *options: install
    {{ run }} python -m local status "$@"

# Show what the programs log: ./just logs loyalty --follow
[group('the platform')]
logs *options: install
    {{ run }} python -m local logs "$@"

# Sign in as a role: ./just token marketer --unit hq.zj
[group('the platform')]
token *options: install
    {{ run }} python -m local token "$@"

# Run the main job from import to reward, and show what came of it (--customers FILE, --purchases FILE, --json)
[group('the main job')]
demo *options: install
    {{ run }} python -m local demo "$@"

# Import customers and purchases from files (--dry-run)
[group('the main job')]
import *options: install
    {{ run }} python -m local import "$@"

# Export customers to a file that can be imported again: ./just export --to customers.csv --unit hq.zj
[group('the main job')]
export *options: install
    {{ run }} python -m local export "$@"

# Check a lottery's draws, or how a red packet was split: ./just verify-draws FILE (--opening HASH, --receipt NUMBER:LINK, --json)
[group('the main job')]
verify-draws *files:
    exec python3 services/loyalty/verify/verify_draws.py "$@"

# Run every test, or those named: ./just test services/loyalty, ./just test -k expiry
[group('working on it')]
test *what: install-all
    {{ run }} pytest -n 2 --dist loadgroup "$@"

# Format, lint, types, import rules, contracts, composition, migrations, manifests
[group('working on it')]
check *options: install-all
    {{ run }} python -m local check "$@"

# Repair what a program can: format, lint, contracts
[group('working on it')]
fix: install-all
    {{ run }} python -m local fix

# Print the map of the system: what every package and module is for (--json)
[group('working on it')]
map *options: install-all
    {{ run }} python -m local map "$@"

# Generate each service's contract anew, and compose the supergraph
[group('working on it')]
contract *options: install-all
    {{ run }} python -m local.contracts "$@"

# Compose the supergraph from the contracts as they are
[group('working on it')]
compose: install-all
    {{ run }} python -m local.contracts --only-compose

# List the documents of front ends, for a gateway that answers no others: ./just trust FOLDER
[group('working on it')]
trust *options: install
    {{ run }} python -m gateway trust "$@"

# Write a migration from the models: ./just migration loyalty "Count expiring lots"
[group('working on it')]
migration service message: install-all
    {{ run }} python -m local migration "$@"

# Measure one of the figures we claim; without a name, list them
[group('working on it')]
bench *options: install-all
    {{ run }} python -m bench "$@"

# Compiled once after each change of uv.lock: what is imported uncompiled takes three times as long
[private]
install:
    uv sync --frozen --inexact --no-default-groups --group local \
        $(test .venv/ready -nt uv.lock && echo --quiet || echo --compile-bytecode)
    touch .venv/ready

[private]
install-all:
    uv sync --frozen $(test .venv/all-ready -nt uv.lock && echo --quiet || echo --compile-bytecode)
    touch .venv/ready .venv/all-ready
