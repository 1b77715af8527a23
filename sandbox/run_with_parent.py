"""`python -m sandbox.run_with_parent PROGRAM …`: the program ends when we do; a killed demo leaves nothing behind."""

from __future__ import annotations

import os
import sys

from sandbox.parent import die_with_parent

if __name__ == "__main__":
    die_with_parent()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the program that the caller names
