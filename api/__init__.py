"""Shell of branchcast: command line and HTTP service around the pure engine in `forecast`."""
