"""Fault switches of the EXAMPLE: a commit that carries a fault shows what a bad release does to a deploy.

The file `fault.txt` beside this one (or the variable SHOP_FAULT) holds one of:

    never-healthy             /health answers 503 for ever
    exit-after:SECONDS        the app is gone, abruptly, that long after its start
    crash-after-requests:N    the app is gone, abruptly, at the Nth request that one of its workers gets
    migration-fails           migrate.py ends with an error before it changes anything

An empty or missing file is a healthy release. A real app has no such file.
"""

import os
import signal
import threading
from pathlib import Path


def _read() -> tuple[str, float]:
    file = Path(__file__).with_name("fault.txt")
    text = os.environ.get("SHOP_FAULT") or (file.read_text() if file.exists() else "")
    name, _, value = text.strip().partition(":")
    return name, float(value or 0)


NAME, VALUE = _read()


def vanish() -> None:
    """Ends all processes of the container; nobody gets time to finish."""
    me = os.getpid()
    if me != 1:
        # Process 1 can't be killed from inside; gunicorn ends at once when it is told to and has no workers left.
        os.kill(1, signal.SIGQUIT)
        for pid in (int(entry) for entry in os.listdir("/proc") if entry.isdigit()):
            if pid not in (1, me):
                try:
                    os.kill(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass
    os._exit(1)


def start() -> None:
    """Called once in each worker."""
    if NAME == "exit-after":
        timer = threading.Timer(VALUE, vanish)
        timer.daemon = True
        timer.start()


class CrashAfterRequests:
    """ASGI middleware: counts requests that are no health checks."""

    def __init__(self, app):
        self.app = app
        self.seen = 0

    async def __call__(self, scope, receive, send):
        if NAME == "crash-after-requests" and scope["type"] == "http" and scope["path"] != "/health":
            self.seen += 1
            if self.seen >= VALUE:
                vanish()
        await self.app(scope, receive, send)
