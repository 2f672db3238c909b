"""The version of branchcast, stated once."""

VERSION = "0.1.0"
