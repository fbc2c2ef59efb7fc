"""What Linux offers beyond Python's `os`: how a process is tied to its parent and to what it
starts.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import stat

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
_NOT_PARENT = 71

# Fields 20 and 24 of proc(5)'s `stat`, counted behind the name.
_THREADS_AT, _PAGES_AT = 17, 21

_libc = ctypes.CDLL(None, use_errno=True)


def die_with(parent: int, number: int) -> None:
    """Have the kernel send `number` to this process when `parent` ends; exit at once when it
    already has.

    The kernel watches the *thread* that forked us, so this holds only where that thread lasts as
    long as its process.
    """
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(_NOT_PARENT)


def become_subreaper() -> None:
    """Adopt every orphan among the descendants, so that none of them gets out of sight."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def name_process(name: str) -> None:
    """Show `name` (the first 15 bytes) in `ps -o comm` and `top`."""
    buffer = ctypes.create_string_buffer(name.encode()[:15])
    _prctl(_PR_SET_NAME, ctypes.addressof(buffer))


def threads_and_memory() -> tuple[int, int]:
    """Return how many threads this process has, C libraries' own included, and how much of its
    memory, in bytes, is in RAM.
    """
    descriptor = os.open("/proc/self/stat", os.O_RDONLY | os.O_CLOEXEC)
    try:
        text = os.read(descriptor, 4096)
    finally:
        os.close(descriptor)
    # The name of the program, in parentheses, may hold anything.
    fields = text[text.rindex(b")") + 2 :].split()
    return int(fields[_THREADS_AT]), int(fields[_PAGES_AT]) * os.sysconf("SC_PAGE_SIZE")


def has_children() -> bool:
    """Return whether this process has children, zombies included."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def let_go_of_descriptors(keep: set[int]) -> None:
    """Drop the inherited sockets, pipes and writable files other than `keep` and the standard
    three.

    They are pointed at /dev/null rather than closed: an object of the parent that is collected
    later closes its number again, and must not find a descriptor of ours there. Files open for
    reading stay: a job's module may have opened them.
    """
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - no need of paths
        descriptor = int(name)
        if descriptor > 2 and descriptor != null and descriptor not in keep:  # noqa: PLR2004
            _let_go(descriptor, null)
    os.close(null)


def _let_go(descriptor: int, null: int) -> None:
    try:
        mode = os.fstat(descriptor).st_mode
        access = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
    except OSError:  # the listing's own
        return
    if not (stat.S_ISREG(mode) and access == os.O_RDONLY):
        os.dup2(null, descriptor, inheritable=False)


def _prctl(option: int, argument: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(argument), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}): {os.strerror(number)}")
