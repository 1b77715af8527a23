"""What `--help` teaches below the options, command by command."""

from __future__ import annotations

EPILOG = """\
examples:
  python -m bot ask "consommation totale en énergie verte en France en septembre 2025"
  python -m bot ask --data ./my-files      ask about your own CSV, Excel, Parquet, SQLite or DuckDB files
  python -m bot check                      what is set up, what is not, and how to mend it
  python -m bot serve                      answer in Slack and Teams

Without DATABRICKS_HOST a local Databricks with a sample data mesh is started and asked.
Settings are read from the environment and from .env; .env.example explains each.
"""

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

EVAL = """\
A file is YAML: `today`, from which relative periods count; `questions`, each with the SQL that gives the true answer or
`refusal: true`; `conversations` of several turns, each with the kind of reply that is expected. Examples are the files
in tests/questions.
Exit code 0 when no value was wrong (a refusal is not wrong), 1 when one was, 2 when a file cannot be read.
"""
