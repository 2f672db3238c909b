"""Measurements of the engine beside its peers and beside the cost of the random numbers alone; nothing is asserted."""
