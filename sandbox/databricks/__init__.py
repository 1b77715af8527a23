"""The local Databricks: without this folder the product's real clients would have nothing to talk to on a laptop."""
