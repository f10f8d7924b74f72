"""No worker outlives the process that started it.

Dramatiq's master passes signals on to its workers, except the one that it cannot catch: killed
without warning, it would leave workers behind that nobody watches or ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.process import BaseProcess


def end_with_parent() -> None:
    """End this process at once when its master dies; nothing if it has none.

    What it was doing is done again, as after any other death of a worker.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), name="lifeline", daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    # Not sys.exit: the threads that work would finish first, and write their log to nobody.
    os.kill(os.getpid(), signal.SIGKILL)
