"""Where data products are described: one file a backend, and the search index over any of them."""
