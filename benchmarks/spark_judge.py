"""Reads SQL with Spark's own parser and says what it names. Runs in a Python that has PySpark, never in ours.

One JSON object {"sql": …} a line in; one line out: {"parsed": bool, "relations": [[part, …], …], "functions": [name,
…], "ctes": [name, …], "dynamic": bool, "query": bool}.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

RELATION = re.compile(r"UnresolvedRelation \[([^\]]*)\]")
TABLE_FUNCTION = re.compile(r"UnresolvedTableValuedFunction \[([^\]]*)\]")
FUNCTION = re.compile(r"'([A-Za-z_][A-Za-z0-9_.]*)\(")
CTE = re.compile(r"CTE \[([^\]]*)\]")
WRITES = (
    "InsertInto",
    "Command",
    "DeleteFrom",
    "Update",
    "MergeInto",
    "CreateTable",
    "CreateView",
    "DropTable",
    "Script",
)


def reading(plan: str) -> dict[str, Any]:
    """What a plan's text names."""
    functions = [name.split(".")[-1] for name in FUNCTION.findall(plan)]
    functions += [name.split(", ")[-1] for name in TABLE_FUNCTION.findall(plan)]
    return {
        "parsed": True,
        "relations": [name.split(", ") for name in RELATION.findall(plan)],
        "functions": sorted({name.lower() for name in functions}),
        "ctes": [name for names in CTE.findall(plan) for name in names.split(", ")],
        "dynamic": "UnresolvedIdentifier" in plan,
        "query": not any(word in plan for word in WRITES),
    }


def main() -> None:
    """Answers line by line until the input ends."""
    from pyspark.sql import SparkSession  # only this Python has it

    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    parser = spark._jsparkSession.sessionState().sqlParser()
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            found = reading(parser.parsePlan(json.loads(line)["sql"]).toString())
        except Exception:  # noqa: BLE001 (whatever the JVM raises means that Spark does not read it)
            found = {"parsed": False}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
