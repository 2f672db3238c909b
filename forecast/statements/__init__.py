"""What an analyst may state in a scenario document, from a single prior to the tree of nodes."""
