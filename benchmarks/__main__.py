"""``python -m benchmarks``: measure everything and write ``results.md``."""

import os
import warnings

# Libraries read these when they are first imported: one thread each, for everyone.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
# pgmpy warns of its own deprecated parts on import; the figures are not concerned.
warnings.filterwarnings("ignore", category=FutureWarning, module="pgmpy")

from benchmarks.run import main  # noqa: E402

main()
