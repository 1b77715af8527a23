#!/bin/sh
# Pins what pyproject.toml asks for, with hashes and without naming any registry. The file constraints.txt holds back what
# would not resolve together; docs/decisions/0001-dependencies.md says why.
set -eu
cd "$(dirname "$0")/.."
lock() {
    out=$1
    shift
    .venv/bin/uv pip compile pyproject.toml "$@" --generate-hashes --universal --python-version 3.11 --no-header \
        --no-emit-index-url --no-annotate --quiet --constraint requirements/constraints.txt --output-file "requirements/$out.txt"
}
lock bot
lock demo --group sandbox
lock traces --group traces
lock dev --group sandbox --group traces --group dev
