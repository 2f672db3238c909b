"""Measurements of the service over HTTP: load beside a bare endpoint, reads of a large store, and leaks."""
