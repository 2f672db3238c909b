"""Scenario files shipped with branchcast, as package data."""
