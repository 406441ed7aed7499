"""Points at which a test can end the process, as a power cut would. They do nothing unless the environment names one.

MONITOR_FAILPOINT holds a point's name; reaching it is the last thing the process does. Source: FreeBSD's fail(9).
"""

from __future__ import annotations

import os
import signal

VARIABLE = "MONITOR_FAILPOINT"
_ARMED = os.environ.get(VARIABLE, "")


def reach(point: str) -> None:
    """End the process if `point` is the one that is armed."""
    if _ARMED and point == _ARMED:
        os.kill(os.getpid(), signal.SIGKILL)
