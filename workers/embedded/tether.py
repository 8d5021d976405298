"""Run a command that cannot outlive its parent: `python -I -S tether.py PARENT SIGNAL UID GID COMMAND…`.

A wrapper instead of `preexec_fn`, because the parent may have threads and Python between fork and exec is then unsafe.
On Linux the kernel sends SIGNAL when the parent dies; elsewhere the command runs untied. UID and GID of -1 keep the
user. The order matters: changing the user clears the parent-death signal, and exec keeps it.
"""

import ctypes
import os
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def tied(command: Sequence[str], *, signal: int, uid: int = -1, gid: int = -1) -> list[str]:
    """Return the command that runs `command` tied to this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(signal)), str(uid), str(gid), *command]


def main(arguments: list[str]) -> None:
    """Change the user, tie this process to its parent, and become the command."""
    parent, signal, uid, gid = (int(argument) for argument in arguments[:4])
    command = arguments[4:]
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if libc is not None:
        libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:  # it died before the tie was made
        sys.exit(1)
    try:
        os.execv(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]} cannot be run: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
