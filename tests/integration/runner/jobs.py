"""Jobs that print, return, fail and wait."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from django.db import connection

from samovar import (
    Cancelled,
    Retry,
    SoftTimeout,
    artifact,
    job,
)

logger = logging.getLogger("tests.jobs")


@job
def pid() -> int:
    print("here")
    return os.getpid()


@job
def count(lines: int) -> None:
    for n in range(lines):
        print(n)


@job
def die(code: int) -> None:
    print("the last words")
    os._exit(code)


@job
def kill_itself(number: int) -> None:
    print("the last words", flush=True)
    os.kill(os.getpid(), number)


@job
def crash_in_c() -> None:
    ctypes.string_at(0)


@job
def mixed(rounds: int) -> None:
    for n in range(rounds):
        print("print", n)
        logger.warning("log %s\nsecond line", n)
        print("stderr", n, file=sys.stderr)
        subprocess.run(["echo", f"subprocess {n}"], check=True)
        os.write(2, f"write {n}\n".encode())
        warnings.warn(f"warning {n}", UserWarning, stacklevel=1)
        logger.debug("not shown")
        logging.getLogger("elsewhere").error("error %s", n)


@job
def partial() -> None:
    print("no newline", end="")
    print("\r 10%\r 20%", end="", file=sys.stderr)


@job
def raw_bytes() -> None:
    sys.stdout.buffer.write(b"bad \xff byte\n")
    logger.info("after the bytes")
    print("nul \0, surrogate \udc80, and \x1e alone")


@job
def long_log(size: int) -> None:
    logger.info("x" * size)
    print("y" * size)


@job
def value(kind: str) -> Any:
    itself: list[Any] = []
    itself.append(itself)
    return {
        "good": {"a": [1, 2.5, None, True, "ю"]},
        "nan": {"a": [1, float("nan")]},
        "set": [{"a"}],
        "bytes": b"x",
        "object": {"deep": [0, object()]},
        "cycle": itself,
        "nul": "a\0b",
        "surrogate": "\ud800",
        "looks like nul": "\\u0000",
    }[kind]


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@job
def fail_mutely() -> None:
    raise Mute


@job(retry=Retry(attempts=2, on=(OSError,)))
def fail(kind: str) -> None:
    print("before", end="")
    try:
        {}["the cause"]
    except KeyError as cause:
        error: BaseException = {
            "value": ValueError("an error\0 with NUL"),
            "os": ConnectionError("reset"),
            "exit": SystemExit(3),
            "cancelled": Cancelled("enough"),
            "interrupt": KeyboardInterrupt("not ours"),
            "long": ValueError("x" * 200_000),
        }[kind]
        raise error from cause


@job
def wait(seconds: float = 60.0) -> str:
    print("waiting", flush=True)
    time.sleep(seconds)
    return "waited"


@job
def wait_and_clean_up(seconds: float) -> None:
    try:
        print("waiting", flush=True)
        time.sleep(60)
    finally:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.01)
        print("cleaned up")


@job
def return_when_cancelled() -> str:
    try:
        print("waiting", flush=True)
        time.sleep(60)
    except BaseException:  # noqa: BLE001 - on purpose
        return "no matter"
    return ""


@job
def swallow(times: int) -> None:
    for _ in range(times + 1):
        try:
            print("waiting", flush=True)
            time.sleep(60)
        except BaseException:  # noqa: BLE001 - on purpose
            print("swallowed", flush=True)


@job
def deaf(ignores_term: bool) -> None:
    if ignores_term:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        print("waiting", flush=True)
        time.sleep(60)
    except BaseException:  # noqa: BLE001 - on purpose
        while True:
            time.sleep(60)


@job
def hold_the_gil() -> None:
    print("waiting", flush=True)
    sum(range(10**12))


@job
def heed_soft_timeout() -> str:
    try:
        time.sleep(60)
    except SoftTimeout:
        print("saving")
        time.sleep(0.7)
        return "saved"
    return ""


@job
def echo(text: str) -> str:
    return text


@job
def query(seconds: float) -> int:
    with connection.cursor() as cursor:
        print("querying", flush=True)
        cursor.execute("SELECT pg_backend_pid() FROM pg_sleep(%s)", [seconds])
        return int(cursor.fetchone()[0])


@job
def make_files(folder: str) -> None:
    """Leave files, and end without a word."""
    report = Path(folder, "made.txt")
    report.write_text("of a path")
    artifact("path.txt", report)
    report.unlink()
    artifact("bytes.bin", b"\0\1\2" * 1_000_000)
    with Path(folder, "open.csv").open("w+b") as file:
        file.write(b"a,b\n1,2\n")
        file.seek(0)
        artifact("open.csv", file)
    artifact("path.txt", b"the second of its name")
    os.kill(os.getpid(), signal.SIGKILL)
