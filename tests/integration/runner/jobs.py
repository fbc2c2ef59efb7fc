"""Jobs that behave, and jobs that do not."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from samovar import (
    Retry,
    SoftTimeout,
    artifact,
    checkpoint,
    current_run,
    job,
    last_checkpoint,
    progress,
    track,
)

logger = logging.getLogger("tests.jobs")

GRANDCHILD = "trap '' TERM INT; echo $$; exec >/dev/null 2>&1; while :; do sleep 1; done"


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
def leave_grandchild(how: str) -> int:
    """Start a process that wants to get away, say its id, and end in one of the ways."""
    child = subprocess.Popen(
        ["/usr/bin/env", "-i", "/usr/bin/setsid", "--fork", "/bin/sh", "-c", GRANDCHILD],
        stdout=subprocess.PIPE,
        text=True,
    )
    grandchild = int(child.stdout.readline())
    child.stdout.close()
    child.wait()
    print(grandchild, flush=True)
    if how == "return":
        return grandchild
    if how == "raise":
        raise ValueError("an error")
    if how == "exit":
        os._exit(0)
    time.sleep(60)
    return 0


@job
def leave_thread() -> int:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    return os.getpid()


@job
def leave_changes() -> int:
    os.environ["LEFT"] = "1"
    os.chdir("/")
    os.umask(0o077)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stdout = sys.stderr
    logging.getLogger().handlers.clear()
    logging.getLogger().setLevel(logging.CRITICAL)
    return os.getpid()


@job
def find_changes() -> dict[str, Any]:
    logger.info("logged")
    print("printed")
    return {
        "pid": os.getpid(),
        "left": os.environ.get("LEFT"),
        "folder": str(Path.cwd()),
        "term": signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
        "descriptors": sorted(_descriptors()),
    }


def _descriptors() -> Iterator[str]:
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the listing's own
            yield str(link.readlink())


@job
def fork_and_return() -> int:
    parent = os.getpid()
    if os.fork():
        os.wait()
    return parent if parent == os.getpid() else 0


@job
def step_by_step() -> str:
    for n in track(range(4)):
        print(n)
    progress(3, 10, "third\0")
    checkpoint({"at": 3})
    print("told", flush=True)
    run = current_run()
    return f"{run.job} {run.attempt}/{run.max_attempts} {last_checkpoint()}"


@job
def walk(steps: int = 6, stop_at: int = 0) -> str:
    """Kill its own runner in the step `stop_at`."""
    seen = []
    for n in track(range(1, steps + 1), resume=True):
        if n == stop_at:
            os.kill(os.getpid(), signal.SIGKILL)
        seen.append(n)
    return f"{seen}"


@job(resumable=True)
def walk_on() -> None:
    for n in track(range(1000), resume=True):
        checkpoint(n)
        print("step", n, flush=True)
        time.sleep(0.02)


@job(resumable=True)
def count_on() -> None:
    for n in range(1000):
        print("count", n, flush=True)
        time.sleep(0.02)
        checkpoint(n)


@job
def remember() -> Any:
    return last_checkpoint()


@job
def report_fast(calls: int) -> None:
    for n in range(calls):
        progress(n, calls)
    progress(calls, calls, "all")


@job
def spin_checkpoints(calls: int) -> None:
    for n in range(calls):
        checkpoint({"n": n})


@job
def spin_checkpoints_for_ever() -> None:
    print("waiting", flush=True)
    while True:
        checkpoint({"n": 0})


@job
def echo(text: str) -> str:
    return text


@job
def close_streams(seconds: float) -> None:
    for number in (1, 2):
        os.close(number)
    time.sleep(seconds)


@job
def close_all(opens: str = "") -> None:
    """Close descriptors as a daemon does; `opens` is a file to open in the place of each."""
    os.closerange(3, 256)
    if opens:
        files = [os.open(opens, os.O_WRONLY | os.O_CREAT, 0o600) for _ in range(64)]
        print(len(files))


@job
def leave_writer() -> int:
    """Leave a child that floods the log until it is killed."""
    flood = subprocess.Popen(["yes"])
    return flood.pid


@job
def interrupted_writes() -> int:
    """Write without a pause until cancelled."""
    n = 0
    print("waiting", flush=True)
    while True:
        logger.info("line %d %s", n, "x" * 300)
        checkpoint({"n": n})
        n += 1


@job
def query(seconds: float) -> int:
    with connection.cursor() as cursor:
        print("querying", flush=True)
        cursor.execute("SELECT pg_backend_pid() FROM pg_sleep(%s)", [seconds])
        return int(cursor.fetchone()[0])


@job
def leave_transaction() -> int:
    atomic = transaction.atomic()
    atomic.__enter__()
    connection.cursor().execute("SELECT 1")
    return os.getpid()


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
