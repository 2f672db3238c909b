"""Several processes that serve one port: a parent that only watches, and children that each run a whole server."""
