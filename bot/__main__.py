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
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Run = Callable[[argparse.Namespace], int]


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
        usage="python -m bot [-h] COMMAND ...",
        description="findata answers business questions over a data mesh on Databricks, in Slack, Teams and here.",
        epilog=EPILOG,
        formatter_class=RAW,
    )
    commands = top.add_subparsers(title="commands", prog="python -m bot", required=True, metavar="COMMAND ...")
    for add in (_asking, _demonstrating, _serving, _operating, _installing, _trailing, _describing, _judging):
        add(commands)
    return top


def _command(commands: Commands, name: str, run: Run, told: str, epilog: str = "") -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=told, description=told, epilog=epilog, formatter_class=RAW)
    made.set_defaults(run=run)
    return made


def _asking(commands: Commands) -> None:
    ask = _command(commands, "ask", _ask, "ask a question here, in the terminal", ASK)
    ask.add_argument("question", nargs="*", help="in French or English; without one the example is asked")
    ask.add_argument("--data", type=Path, metavar="FOLDER", help="ask your own files instead of the sample mesh")


def _demonstrating(commands: Commands) -> None:
    demo = _command(commands, "demo", _demo, "click through a conversation in a local Slack or Teams", DEMO)
    demo.add_argument("platform", choices=["slack", "teams"])
    demo.add_argument("--port", type=_port, help="where to click: 3100 for Slack, 3110 for Teams")
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
    functions = _command(commands, "functions", _functions, "put into the workspace what models look things up with")
    functions.epilog = FUNCTIONS
    functions.add_argument("what", choices=["install"], help="creates or replaces tables and functions")


def _trailing(commands: Commands) -> None:
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
    evaluate = _command(commands, "eval", _evaluate, "ask questions whose truth is known, and count")
    evaluate.add_argument("files", nargs="+", type=Path, metavar="FILE", help="such as tests/questions/fr.yaml")
    evaluate.add_argument("--verbose", action="store_true", help="show the questions answered rightly, too")


ASK = """\
In a terminal it stays for follow-ups: "et en Allemagne ?", "par mois", "only the top 3", a number to pick an option,
an empty line or Ctrl-D to leave. Elsewhere it answers and ends: exit code 0 answered, 1 not, 2 asked for wrongly.
"""
DEMO = """\
Needs Node. Starts a local Databricks, a Valkey, findata's server and local-slack or Microsoft's Agents Playground, and
prints the address to open and what to write there. Ctrl-C ends all of it; nothing is kept but the npm package, in
.findata/node. Settings of a model are used (MODEL_URL), those of a workspace or a real Slack or Teams are not.
local-slack listens on every interface: it is put into a network of its own, which takes Linux and `unshare`.
"""
SERVE = """\
Needs DATABRICKS_HOST, a marketplace, and Slack or Teams. Listens on FINDATA_HOST:FINDATA_PORT, which is
loopback unless set: put a proxy with TLS before it. Pages: the platforms' ways in, /databricks/callback, /healthz
(alive), /readyz (may be sent questions), /metrics (Prometheus; not for the public).
SIGTERM: no new turns, running ones end within FINDATA_DRAIN_SECONDS or are handed to another replica, then exit code 0.
Exit code 1 when it cannot start, with the reason in one sentence.
"""
HEALTH = """\
Asks http://127.0.0.1:FINDATA_PORT/healthz, for a container:
  HEALTHCHECK CMD python -m bot health
"""
CHECK = """\
Looks with your own rights where DATABRICKS_TOKEN is set; with DATABRICKS_IDENTITY=service-principal with the bot's.
  DATABRICKS_TOKEN=dapi… python -m bot check
Exit code 1 when anything is not good, so that a deployment can stop there.
"""
KEY = """\
A Fernet key. To rotate: put the new one first, restart, and drop the old one a week later:
  FINDATA_SECRET_KEYS=<new>,<old>
"""
FUNCTIONS = """\
Writes the marketplace's metadata into DATABRICKS_METADATA_SCHEMA (main.findata) and creates five SQL functions over it:
find_products, product_details, product_tables, table_columns, column_values. Run it again when the marketplace changed.
  DATABRICKS_TOKEN=dapi… python -m bot functions install
"""
AUDIT = """\
  python -m bot audit --since 2w
  python -m bot audit --since 2025-11-03 --json | jq -r 'select(.outcome=="answered") | .sql'
"""
MANIFEST = """\
FINDATA_PUBLIC_URL is filled in, and for Teams the app's id and domains.
  python -m bot manifest --slack                       paste it at api.slack.com/apps: Create New App, From a manifest
  python -m bot manifest --teams --out findata.zip     upload it in the Teams admin centre
"""
LINT = """\
Score in percent: owner 20, description 20, tables described 20, columns described 30, any columns 10. Answers from a
product below 60 carry a warning. Exit code 1 when a file cannot be read or names something that is not there, so that
a marketplace's own CI can run it.
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


def _demo(options: argparse.Namespace) -> int:
    from bot import demo
    from sandbox import launch
    from sandbox.slack.local import LocalSlack
    from sandbox.teams.playground import Playground

    node, port = Path(".findata/node").absolute(), {"port": options.port} if options.port else {}
    slack = options.platform == "slack"
    client = LocalSlack(node, all_interfaces=options.all_interfaces, **port) if slack else Playground(node, **port)
    try:
        client.prepare(lambda told: print(told, file=sys.stderr))  # noqa: T201
        with _somewhere(settings.load(), None, local=True) as chosen:
            return demo.run(chosen, client)
    except launch.NotStarted as error:
        raise settings.MissingSetting(str(error)) from error


def _serve(options: argparse.Namespace) -> int:
    from bot import server

    return server.run(settings.load())


def _asked_on(files: Sequence[Path]) -> str:
    """The day that relative periods count from: `today: "2026-11-16"` of the first file that has such a line."""
    lines = (line for file in files if file.is_file() for line in file.read_text(encoding="utf-8").splitlines())
    found = (re.fullmatch(r'today: "?(\d{4}-\d\d-\d\d)"?', line) for line in lines)
    return next((match[1] for match in found if match), "")


def _evaluate(options: argparse.Namespace) -> int:
    asked_on = _asked_on(options.files)
    with _somewhere(settings.load(), None, *(("--today", asked_on) if asked_on else ())) as chosen:
        from bot import evaluation

        return evaluation.run(chosen, options.files, options.verbose)


def _check(options: argparse.Namespace) -> int:
    from bot import check

    return check.run(settings.load())


def _health(options: argparse.Namespace) -> int:
    from bot import heartbeat

    return heartbeat.run(settings.load())


def _key(options: argparse.Namespace) -> int:
    from cryptography.fernet import Fernet

    sys.stdout.write(Fernet.generate_key().decode() + "\n")
    return 0


def _functions(options: argparse.Namespace) -> int:
    from bot import functions

    return functions.run(settings.load())


def _audit(options: argparse.Namespace) -> int:
    from bot import audit

    try:
        since = audit.moment(options.since)
    except ValueError:
        raise settings.MissingSetting(
            f"--since {options.since}: 30m, 12h, 1d, 2w or 2025-11-03 is understood"
        ) from None
    return audit.run(settings.load(), since, as_json=options.json)


def _manifest(options: argparse.Namespace) -> int:
    from bot import manifest

    return manifest.run(settings.load(), options.platform, options.out)


def _lint(options: argparse.Namespace) -> int:
    from bot import lint

    return lint.run(options.folder)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1 << 16:
        raise argparse.ArgumentTypeError(f"{text} is not a port: 1 to 65535")
    return int(text)


@contextlib.contextmanager
def _somewhere(
    found: settings.Settings, data: Path | None, *options: str, local: bool = False
) -> Iterator[settings.Settings]:
    """The configured workspace, or a local one that lasts as long as this command; `options` are the sandbox's."""
    if found.databricks.on and data is None and not local:
        yield found
        return
    from sandbox import launch

    what = f"the files in {data}" if data else "a sample data mesh"
    print(f"· starting a local Databricks with {what}", file=sys.stderr)  # noqa: T201
    try:
        with launch.launched(data, *options) as place:
            where = (place.host, place.token, place.warehouse_id, place.marketplace, place.pages)
            yield settings.pointed_at(found, *where)
    except launch.NotStarted as error:
        raise settings.MissingSetting(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
