"""`python -m sandbox`: a local Databricks on 127.0.0.1. Without this command nobody could point a client at it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

MARKETPLACE = Path(__file__).parent / "marketplace"
EPILOG = """\
examples:
  python -m sandbox                             the sample data mesh, on port 8765
  python -m sandbox --data ./my-files           your own CSV, Excel, Parquet, SQLite or DuckDB files
  python -m sandbox --cold-start 20             the warehouse sleeps first and takes 20 s to wake

Everything is made up and kept in memory. It listens on 127.0.0.1 only.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until it is told to stop. Answers the exit code: 0 stopped, 2 asked for wrongly or the port is taken."""
    options = parser().parse_args(argv)
    if options.host != "127.0.0.1":
        return _refuse(f"The sandbox listens on 127.0.0.1 only, not on {options.host}: its tokens are public.")
    folder = options.data or options.marketplace
    if not folder.is_dir():
        return _refuse(f"There is no folder {folder}.")
    try:
        from sandbox import running
    except ModuleNotFoundError as error:
        return _refuse(f"The local Databricks needs {error.name}: requirements/install.sh demo brings it.")
    try:
        return running.run(options)
    except running.CannotStart as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        return 0


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201 - the terminal is the interface here
    return 2


def parser() -> argparse.ArgumentParser:
    """Every option with its help."""
    it = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A local Databricks over a sample data mesh: Unity Catalog, SQL warehouse, Genie, model serving.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    it.add_argument("--port", type=_port, default=8765, help="port to listen on; 0 takes any free one (default: 8765)")
    it.add_argument("--host", default="127.0.0.1", help=argparse.SUPPRESS)
    it.add_argument("--data", type=Path, metavar="FOLDER", help="serve these files instead of the sample mesh")
    it.add_argument(
        "--marketplace", type=Path, default=MARKETPLACE, metavar="FOLDER", help="ODPS and ODCS files of another mesh"
    )
    it.add_argument("--today", type=_day, metavar="DATE", help="the day that Genie counts from: 2026-11-16")
    it.add_argument("--json", action="store_true", help="print one line of JSON when ready, and nothing else")
    it.add_argument("--with-parent", action="store_true", help="end when the process that started it ends")
    _knobs(it.add_argument_group("what may be slow or scarce (seconds)"))
    return it


def _knobs(group: argparse._ArgumentGroup) -> None:
    for name, default, text in (
        ("--cold-start", 0.0, "the warehouse sleeps and takes this long to wake"),
        ("--statement-delay", 0.0, "every statement takes at least this long"),
        ("--genie-seconds", 0.5, "how long Genie thinks about a question"),
        ("--token-life", 3600.0, "life of tokens issued over OAuth"),
    ):
        group.add_argument(name, type=_seconds, default=default, metavar="S", help=f"{text} (default: {default:g})")
    group.add_argument("--genie-per-minute", type=int, default=0, metavar="N", help="questions a minute; 0: any number")


def _port(text: str) -> int:
    if not text.isdigit() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: give a number from 0 to 65535")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no date: write it as 2026-11-16") from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
