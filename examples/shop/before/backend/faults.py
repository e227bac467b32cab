"""Fault switches of the EXAMPLE: a commit that carries a fault shows what a bad release does to a deploy.

The file `fault.txt` beside this one (or the variable SHOP_FAULT) holds one of:

    never-healthy             /health answers 503 for ever
    unhealthy-after:SECONDS   /health answers 503 from then on
    slow-start:SECONDS        the app takes that long until it answers anything
    answers-500               healthy, but every other page answers 500
    exit-after:SECONDS        the app is gone, abruptly, that long after its start
    crash-after-requests:N    the app is gone, abruptly, at the Nth request that one of its workers gets

An empty or missing file is a healthy release. A real app has no such file.
"""

import os
import signal
import threading
import time
from pathlib import Path


def _read() -> tuple[str, float]:
    file = Path(__file__).with_name("fault.txt")
    text = os.environ.get("SHOP_FAULT") or (file.read_text() if file.exists() else "")
    name, _, value = text.strip().partition(":")
    return name, float(value or 0)


NAME, VALUE = _read()
_STARTED = time.monotonic()


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
    if NAME == "slow-start":
        time.sleep(VALUE)
    if NAME == "exit-after":
        timer = threading.Timer(VALUE, vanish)
        timer.daemon = True
        timer.start()


def unhealthy() -> bool:
    late = NAME == "unhealthy-after" and time.monotonic() - _STARTED > VALUE
    return NAME == "never-healthy" or late


class FaultyPages:
    """ASGI middleware: what goes wrong with requests that are no health checks."""

    def __init__(self, app):
        self.app = app
        self.seen = 0

    async def __call__(self, scope, receive, send):
        page = scope["type"] == "http" and scope["path"] != "/health"
        if page and NAME == "crash-after-requests":
            self.seen += 1
            if self.seen >= VALUE:
                vanish()
        if page and NAME == "answers-500":
            await send({"type": "http.response.start", "status": 500, "headers": []})
            await send({"type": "http.response.body", "body": b"broken"})
            return
        await self.app(scope, receive, send)
