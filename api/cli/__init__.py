"""The command ``branchcast``: one module per subcommand, ``render*`` for what a person reads."""

import os
import sys

from api.cli.exits import Exit


def main() -> None:
    """Run the command line; what the script ``branchcast`` calls."""
    try:
        # Imported here, so that Ctrl-C during the import of numpy and its like leaves no traceback either.
        from api.cli.root import root

        root(prog_name="branchcast")
    except KeyboardInterrupt:
        _leave(Exit.INTERRUPTED)
    except SystemExit as leaving:
        if leaving.code == Exit.INTERRUPTED:
            _leave(Exit.INTERRUPTED)
        raise


def _leave(code: int) -> None:
    """End at once: threads that still compute are not waited for."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            continue
    os._exit(code)
