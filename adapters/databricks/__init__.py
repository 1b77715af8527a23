"""Databricks: whose rights are used, Unity Catalog, Genie, the SQL warehouse, and the SQL functions that we ship.

The vendor's packages take seconds of CPU to import, so no module here imports them before the first call: `sdk.py` and
`thrift.py` hold every vendor import and are themselves imported in a thread.
"""
