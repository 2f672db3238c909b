"""``python -m benchmarks.service``: measure the service under load and write ``service.md``."""

from benchmarks.service.run import main

main()
