#!/bin/sh
# Sets up .venv with one of the pinned, hashed sets beside this file: install.sh bot|demo|traces|dev
# uv does it in seconds; where uv cannot be had, pip does the same from the same file.
set -eu
set_name=$1
python=${PYTHON:-python3}
here=$(dirname "$0")
venv=.venv

if ! command -v "$python" >/dev/null 2>&1; then
    echo "findata needs Python 3.11 or newer and found no '$python'. Install it, or name one: make demo PYTHON=python3.12" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "findata needs Python 3.11 or newer; '$python' is $("$python" -V 2>&1). Name another: make demo PYTHON=python3.12" >&2
    exit 1
fi
if [ ! -x "$venv/bin/python" ]; then
    echo "· making a virtual environment in $venv"
    "$python" -m venv "$venv" || {
        echo "Python could not make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv" >&2
        exit 1
    }
fi
with_uv() {
    "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r "$here/$set_name.txt" "$@" 2>&1
}

echo "· installing the pinned packages of requirements/$set_name.txt"
if [ -x "$venv/bin/uv" ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --require-hashes -r "$here/uv.txt" 2>/dev/null; then
    # The system's certificates first: a company's proxy is known there and not to uv.
    with_uv --system-certs >/dev/null || with_uv >/dev/null && exit 0
    echo "· uv could not do it; pip tries (about a minute)" >&2
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$here/$set_name.txt" \
    2>"$venv/install.log" || {
    echo "The packages could not be installed. Is the package registry reachable from here? Details: $venv/install.log" >&2
    exit 1
}
