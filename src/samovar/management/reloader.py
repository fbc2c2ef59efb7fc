"""The reloader: the parent of the serving process, which starts it again when the code has
changed.

It does what Django's own does (exit code 3 of the child means "start again"), and three things
more. SIGTERM and SIGINT are passed on, and the child's end is waited for: Django's would kill the
child before it can stop its worker. A child that does not end is killed. And when the reloader is
killed, so is its child, by the kernel.

This file is run by its path in an interpreter that has loaded nothing else (see `reloading`), so
it imports nothing but what the interpreter itself is made of: a tenth of the memory.
"""

from __future__ import annotations

import os
import signal
import sys

STOP_SECONDS = 15.0
START_AGAIN = 3

_child = 0
_received = 0


def main(command: list[str]) -> int:
    """Run `command`, again and again; return its exit code once it has ended for good."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _pass_on)
    signal.signal(signal.SIGALRM, _kill)
    while True:
        code = _serve(command)
        if _received:
            return 0
        if code != START_AGAIN:
            return code


def _serve(command: list[str]) -> int:
    global _child  # noqa: PLW0603 - the handlers' only way to it
    _child = os.posix_spawn(command[0], command, os.environ)
    if _received:  # it came while the child was being started
        os.kill(_child, _received)
    _, status = os.waitpid(_child, 0)
    _child = 0
    return os.waitstatus_to_exitcode(status)


def _pass_on(number: int, _frame: object) -> None:
    global _received  # noqa: PLW0603 - read by the loop
    _received = number
    signal.setitimer(signal.ITIMER_REAL, STOP_SECONDS)
    if _child:
        os.kill(_child, number)


def _kill(_number: int, _frame: object) -> None:
    if _child:
        os.kill(_child, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
