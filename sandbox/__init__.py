"""A data platform on a laptop: a local Databricks and a sample data mesh. Imports nothing of the product."""
