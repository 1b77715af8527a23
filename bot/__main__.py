"""The commands of findata: `python -m bot --help` teaches them."""

from __future__ import annotations

import argparse
import contextlib
import gc
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import TypeAlias

from bot.manual import ASK, AUDIT, CHECK, DEMO, EPILOG, EVAL, FUNCTIONS, HEALTH, KEY, LINT, MANIFEST, SERVE
from bot.settings import Settings, WrongUsage, load, pointed_at, strict_serialisation

RAW = argparse.RawDescriptionHelpFormatter
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Run = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Answers the exit code: 0 done, 1 something failed, 2 asked for wrongly."""
    strict_serialisation()
    gc.disable()  # a fifth of the start-up time goes into looking through imports; see bot/garbage_collection.py
    options = parser().parse_args(argv)
    try:
        return int(options.run(options))
    except WrongUsage as error:
        print(error, file=sys.stderr)  # noqa: T201 - the terminal is the interface here
        return 2
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Every command with its help."""
    top = argparse.ArgumentParser(
        prog="python -m bot",
        usage="python -m bot [-h] COMMAND ...",
        description="findata answers business questions over a data mesh on Databricks, in Slack, Teams and here.",
        epilog=EPILOG,
        formatter_class=RAW,
    )
    commands = top.add_subparsers(title="commands", prog="python -m bot", required=True, metavar="COMMAND ...")
    for add in (_asking, _demonstrating, _serving, _operating, _installing, _auditing, _describing, _judging):
        add(commands)
    return top


def _command(commands: Commands, name: str, run: Run, told: str, epilog: str = "") -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=told, description=told, epilog=epilog, formatter_class=RAW)
    made.set_defaults(run=run)
    return made


def _asking(commands: Commands) -> None:
    ask = _command(commands, "ask", _ask, "ask a question here, in the terminal", ASK)
    ask.add_argument("question", nargs="*", help="in French or English; without one an example is asked")
    ask.add_argument("--data", type=Path, metavar="FOLDER", help="ask your own files instead of the sample mesh")


def _demonstrating(commands: Commands) -> None:
    demo = _command(commands, "demo", _demo, "click through a conversation in a local Slack or Teams", DEMO)
    demo.add_argument("platform", choices=["slack", "teams"])
    demo.add_argument("--port", type=int, help="where to click: 3100 for Slack, 3110 for Teams")
    demo.add_argument(
        "--all-interfaces", action="store_true", help="start local-slack although your neighbours would reach it, too"
    )


def _serving(commands: Commands) -> None:
    _command(commands, "serve", _serve, "answer in Slack and Teams until told to stop", SERVE)
    _command(commands, "health", _health, "is the bot of this machine alive? exit code 0 yes, 1 no", HEALTH)


def _operating(commands: Commands) -> None:
    _command(commands, "check", _check, "walk through everything configured: what works, what does not, the fix", CHECK)
    _command(commands, "key", _key, "print a new key for FINDATA_SECRET_KEYS", KEY)


def _installing(commands: Commands) -> None:
    functions = _command(
        commands, "functions", _functions, "install the SQL functions with which models look things up"
    )
    functions.epilog = FUNCTIONS
    functions.add_argument("what", choices=["install"], help="creates or replaces tables and functions")


def _auditing(commands: Commands) -> None:
    audit = _command(
        commands, "audit", _audit, "who asked when, what was read with whose rights, what came of it", AUDIT
    )
    audit.add_argument("--since", default="1d", metavar="WHEN", help="30m, 12h, 1d, 2w or 2025-11-03; 1d by default")
    audit.add_argument("--json", action="store_true", help="one JSON object a line, with the SQL, for other programs")


def _describing(commands: Commands) -> None:
    manifest = _command(commands, "manifest", _manifest, "the app's description for Slack or Teams", MANIFEST)
    which = manifest.add_mutually_exclusive_group(required=True)
    which.add_argument("--slack", dest="platform", action="store_const", const="slack", help="JSON to paste")
    which.add_argument("--teams", dest="platform", action="store_const", const="teams", help="a package to upload")
    manifest.add_argument("--out", type=Path, metavar="FILE", help="where to write it; needed for --teams")


def _judging(commands: Commands) -> None:
    lint = _command(commands, "lint", _lint, "how well a folder of products and contracts is documented", LINT)
    lint.add_argument("folder", type=Path, metavar="FOLDER", help="with ODPS products and ODCS contracts, any depth")
    evaluate = _command(commands, "eval", _evaluate, "ask questions whose truth is known, and count", EVAL)
    evaluate.add_argument("files", nargs="+", type=Path, metavar="FILE", help="such as tests/questions/fr.yaml")
    evaluate.add_argument("--verbose", action="store_true", help="show the questions answered rightly, too")


def _ask(options: argparse.Namespace) -> int:
    settings = load()
    ahead = Thread(target=_imported, daemon=True)
    ahead.start()
    with _somewhere(settings, options.data) as chosen:
        ahead.join()
        from bot import ask

        return ask.run(chosen, ask.first_question(options.question, options.data))


def _imported() -> None:
    """Everything that a first answer needs, while the local Databricks starts on another core."""
    from adapters.databricks import vendor
    from bot import ask  # noqa: F401

    vendor.import_all()


def _demo(options: argparse.Namespace) -> int:
    from bot import demo
    from sandbox import launch
    from sandbox.clients import client_of

    node = Path(".findata/node").absolute()
    client = client_of(options.platform, node, options.port, all_interfaces=options.all_interfaces)
    try:
        client.prepare(lambda told: print(told, file=sys.stderr))  # noqa: T201
        with _somewhere(load(), None, local=True) as chosen:
            return demo.run(chosen, client)
    except launch.NotStarted as error:
        raise WrongUsage(str(error)) from error


def _serve(options: argparse.Namespace) -> int:
    from bot import server

    return server.run(load())


def _asked_on(files: Sequence[Path]) -> str:
    """The day that relative periods count from: `today: "2026-11-16"` of the first file that has such a line."""
    lines = (line for file in files if file.is_file() for line in file.read_text(encoding="utf-8").splitlines())
    found = (re.fullmatch(r'today: "?(\d{4}-\d\d-\d\d)"?', line) for line in lines)
    return next((match[1] for match in found if match), "")


def _evaluate(options: argparse.Namespace) -> int:
    asked_on = _asked_on(options.files)
    with _somewhere(load(), None, *(("--today", asked_on) if asked_on else ())) as chosen:
        from bot import evaluation

        return evaluation.run(chosen, options.files, verbose=options.verbose)


def _check(options: argparse.Namespace) -> int:
    from bot import check

    return check.run(load())


def _health(options: argparse.Namespace) -> int:
    from bot import health_command

    return health_command.run(load())


def _key(options: argparse.Namespace) -> int:
    from cryptography.fernet import Fernet

    sys.stdout.write(Fernet.generate_key().decode() + "\n")
    return 0


def _functions(options: argparse.Namespace) -> int:
    from bot import functions

    return functions.run(load())


def _audit(options: argparse.Namespace) -> int:
    from bot import audit

    try:
        since = audit.moment(options.since)
    except ValueError:
        raise WrongUsage(f"--since {options.since} is not understood: write 30m, 12h, 1d, 2w or 2025-11-03.") from None
    return audit.run(load(), since, as_json=options.json)


def _manifest(options: argparse.Namespace) -> int:
    from bot import manifest

    return manifest.run(load(), options.platform, options.out)


def _lint(options: argparse.Namespace) -> int:
    from bot import lint

    return lint.run(options.folder)


@contextlib.contextmanager
def _somewhere(settings: Settings, data: Path | None, *options: str, local: bool = False) -> Iterator[Settings]:
    """The configured workspace, or a local one that lasts as long as this command; `options` are the sandbox's."""
    if settings.databricks.on and data is None and not local:
        yield settings
        return
    try:
        from sandbox import launch
    except ModuleNotFoundError as error:
        raise WrongUsage("DATABRICKS_HOST is missing, and no local Databricks is installed here") from error
    what = f"the files in {data}" if data else "a sample data mesh"
    print(f"· starting a local Databricks with {what}", file=sys.stderr)  # noqa: T201
    try:
        with launch.launched(data, *options) as place:
            where = (place.host, place.token, place.warehouse_id, place.marketplace, place.pages)
            yield pointed_at(settings, *where)
    except launch.NotStarted as error:
        raise WrongUsage(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
