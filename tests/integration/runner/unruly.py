"""Jobs that do what no job should."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from samovar import Retry, job


class TooFast(Exception):
    """An answer that says when to come again."""

    def __init__(self, retry_after: Any) -> None:
        super().__init__("Too many requests.")
        self.retry_after = retry_after


class Unhelpful(Exception):
    """An error whose own attribute fails."""

    @property
    def retry_after(self) -> float:
        raise LookupError


WAITS = {
    "number": TooFast(7),
    "timedelta": TooFast(dt.timedelta(minutes=2)),
    "too long": TooFast(1e300),
    "text": TooFast("7"),
    "negative": TooFast(-1),
    "nan": TooFast(float("nan")),
    "broken": Unhelpful(),
    "none": ValueError(),
}


@job(retry=Retry(attempts=2))
def ask_to_wait(kind: str) -> None:
    raise WAITS[kind]


@job
def block(where: str) -> None:
    """Wait in the system for what never comes."""
    ours, _theirs = socket.socketpair()
    print("waiting", flush=True)
    if where == "socket":
        ours.recv(1)
    elif where == "subprocess":
        subprocess.run(["/bin/sleep", "60"], check=False)
    elif where == "lock":
        threading.Lock().acquire() and threading.Event().wait()


@job
def swallow_for_ever() -> None:
    while True:
        with contextlib.suppress(BaseException):
            print("waiting", flush=True)
            time.sleep(60)


@job
def hold_the_gil_beside_a_child() -> None:
    """Let nothing else happen in this process, while its child goes on to print."""
    subprocess.Popen(["/bin/sh", "-c", "while :; do echo tick; sleep 0.2; done"])
    print("waiting", flush=True)
    sum(range(10**12))


@job
def recurse(in_c: bool) -> None:
    """Go down until something gives."""
    if in_c:
        sys.setrecursionlimit(10**9)
        deep: Any = []
        for _ in range(5_000_000):
            deep = [deep]
        repr(deep)
    recurse.function(False)


@job
def fork_bomb(generations: int) -> None:
    """Become 2 ** generations processes that want to stay, in sessions of their own."""
    for _ in range(generations):
        os.fork()
    os.setsid() if os.getpgrp() != os.getpid() else None
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write(1, b"there\n")
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(60)


@job
def fork_without_end() -> None:
    """Fork as often as the system allows, and so do the children."""
    os.write(1, b"there\n")
    while True:
        try:
            os.fork()
        except OSError:
            time.sleep(0.05)


@job
def hop(hoppers: int) -> None:
    """Become processes that live for a moment each, and fork the next before they end."""
    for _ in range(hoppers):
        if os.fork() == 0:
            while os.fork() == 0:
                """Go on as the child."""
            os._exit(0)
    os.write(1, b"there\n")
    time.sleep(60)


@job
def become_a_daemon() -> int:
    """Fork twice, so that nobody waits for the one that stays."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(writing, str(os.getpid()).encode())
            os.execv("/bin/sleep", ["sleep", "60"])
        os._exit(0)
    os.wait()
    return int(os.read(reading, 20))


@job
def flood(megabytes: int) -> None:
    """Print without an end of the line."""
    for _ in range(megabytes):
        sys.stdout.write("x" * 2**20)


@job
def colour() -> None:
    """Speak to a terminal."""
    print("\x1b[31mred\x1b[0m and \x1b]0;title\x07 and \x1b[2J")
    print("10%\r50%\r100%")
    print("\u202eesrever\u2028one\N{ZERO WIDTH JOINER}line")


class Endless(Exception):
    """An error that has much to say."""

    def __str__(self) -> str:
        return "x" * 10_000_000


ERRORS = {
    "group": ExceptionGroup("two", [ValueError("first"), OSError("second")]),
    "endless": Endless(),
    "notes": ValueError("said"),
}
ERRORS["notes"].add_note("and noted")


@job
def fail_oddly(kind: str) -> None:
    raise ERRORS[kind]


@job
def return_too_much() -> str:
    return "x" * 100_000_000


LEFT_OPEN: list[int] = []


def _open_all(most: int) -> int:
    with contextlib.suppress(OSError):
        while len(LEFT_OPEN) < most:
            LEFT_OPEN.append(os.open(os.devnull, os.O_RDONLY))
    return len(LEFT_OPEN)


CHANGES: dict[str, Callable[[], object]] = {
    "user": lambda: os.setresuid(65534, 65534, 65534),
    "limits": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)),
    "no descriptor": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3)),
    "nice": lambda: os.nice(1),
    "recursion": lambda: sys.setrecursionlimit(5000),
    "trace": lambda: sys.setprofile(lambda *_: None),
    "timeout": lambda: socket.setdefaulttimeout(0.001),
    "a hundred files": lambda: _open_all(100),
    "all files": lambda: _open_all(100_000),
}


@job
def change(what: str) -> int:
    """Change its process for whoever comes next."""
    CHANGES[what]()
    return os.getpid()


@job
def block_signals() -> int:
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    return os.getpid()
