"""The command ``branchcast``: one module per subcommand, ``render*`` for what a person reads."""

import os
import sys

from api.cli.exits import Exit


def main() -> None:
    """Run the command line; what the script ``branchcast`` calls."""
    if sys.stdout is None:
        _say("standard output is closed: leave it open, or send it to a file")
        os._exit(Exit.FAULT)
    try:
        # Imported here, so that Ctrl-C during the import of numpy and its like leaves no traceback either.
        from api.cli.root import root

        code = root(prog_name="branchcast", standalone_mode=True)
    except KeyboardInterrupt:
        _leave(Exit.INTERRUPTED)
    except SystemExit as leaving:
        code = leaving.code
    except OSError as error:
        _leave(_lost_output(error))
    if code == Exit.INTERRUPTED:
        _leave(Exit.INTERRUPTED)
    try:
        sys.stdout.flush()
    except OSError as error:
        _leave(_lost_output(error))
    sys.exit(code)


def _lost_output(error: OSError) -> Exit:
    """Say that the output went nowhere; a reader that has left needs no words."""
    if isinstance(error, BrokenPipeError):
        return Exit.NOBODY_READS
    _say(f"the output cannot be written: {error.strerror or error}")
    return Exit.FAULT


def _say(message: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"Error: {message}\n")


def _leave(code: int) -> None:
    """End at once: threads that still compute are not waited for."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            continue
    os._exit(code)
