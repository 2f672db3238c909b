"""Shapes of what is sent and received that several routes share."""
