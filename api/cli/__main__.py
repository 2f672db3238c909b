"""``python -m api.cli`` is the command ``branchcast``."""

from api.cli import main

main()
