"""The commands of findata: `python -m bot --help` teaches them."""

from __future__ import annotations

import argparse
import contextlib
import gc
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread

from bot import settings

EPILOG = """\
examples:
  python -m bot ask "consommation totale en énergie verte en France en septembre 2025"
  python -m bot ask --data ./my-files      ask about your own CSV, Parquet, SQLite or DuckDB files
  python -m bot check                      what is set up, what is not, and how to mend it
  python -m bot serve                      answer in Slack and Teams

Without DATABRICKS_HOST a local Databricks with a sample data mesh is started and asked.
Settings are read from the environment and from .env; .env.example explains each.
"""
RAW = argparse.RawDescriptionHelpFormatter


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Answers the exit code: 0 done, 1 something failed, 2 asked for wrongly."""
    settings.strict_serialisation()
    gc.disable()  # a fifth of the start-up time goes into looking for garbage among imports; see wiring.running
    options = parser().parse_args(argv)
    try:
        return int(options.run(options))
    except settings.MissingSetting as error:
        print(error, file=sys.stderr)  # noqa: T201 - the terminal is the interface here
        return 2
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Every command with its help."""
    top = argparse.ArgumentParser(
        prog="python -m bot",
        description="findata answers business questions over a data mesh on Databricks, in Slack, Teams and here.",
        epilog=EPILOG,
        formatter_class=RAW,
    )
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    ask = commands.add_parser("ask", help="ask a question here, in the terminal", epilog=ASK, formatter_class=RAW)
    ask.add_argument("question", nargs="*", help="in French or English; without one the example is asked")
    ask.add_argument("--data", type=Path, metavar="FOLDER", help="ask your own files instead of the sample mesh")
    ask.set_defaults(run=_ask)
    serve = commands.add_parser(
        "serve", help="answer in Slack and Teams", description="Listens until it is told to stop."
    )
    serve.set_defaults(run=_serve)
    check = commands.add_parser("check", help="walk through everything configured: what works, what does not, the fix")
    check.set_defaults(run=_check)
    evaluate = commands.add_parser("eval", help="ask questions whose truth is known, and count")
    evaluate.add_argument("files", nargs="+", type=Path, metavar="FILE", help="such as tests/questions/fr.yaml")
    evaluate.add_argument("--verbose", action="store_true", help="show the questions answered rightly, too")
    evaluate.set_defaults(run=_evaluate)
    return top


ASK = """\
In a terminal it stays for follow-ups: "et en Allemagne ?", "par mois", "only the top 3", a number to pick an option,
an empty line or Ctrl-D to leave. Elsewhere it answers and ends: exit code 0 answered, 1 not, 2 asked for wrongly.
"""


def _ask(options: argparse.Namespace) -> int:
    found = settings.load()
    ahead = Thread(target=_imported, daemon=True)
    ahead.start()
    with _somewhere(found, options.data) as chosen:
        ahead.join()
        from bot import ask

        return ask.run(chosen, " ".join(options.question))


def _imported() -> None:
    """Everything that a first answer needs, while the local Databricks starts on another core."""
    from adapters.databricks import vendor
    from bot import ask  # noqa: F401

    vendor.import_all()


def _serve(options: argparse.Namespace) -> int:
    from bot import server

    return server.run(settings.load())


def _evaluate(options: argparse.Namespace) -> int:
    with _somewhere(settings.load(), None) as chosen:
        from bot import evaluation

        return evaluation.run(chosen, options.files, options.verbose)


def _check(options: argparse.Namespace) -> int:
    from bot import check

    return check.run(settings.load())


@contextlib.contextmanager
def _somewhere(found: settings.Settings, data: Path | None) -> Iterator[settings.Settings]:
    """The configured workspace, or a local one that lasts as long as this command."""
    if found.databricks.on and data is None:
        yield found
        return
    from sandbox import launch

    with launch.launched(data=data) as place:
        yield settings.pointed_at(found, place.host, place.token, place.warehouse_id, place.marketplace, place.pages)


if __name__ == "__main__":
    sys.exit(main())
