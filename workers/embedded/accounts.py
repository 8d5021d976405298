"""Under which user a server may run, and whether that user can reach a folder.

Postgres refuses to serve as root. Then an unprivileged user of the machine serves, and only the folder of the database
is given to it: no parent folder is opened for anybody.
"""

import os
import pwd
from pathlib import Path

from workers.embedded.program import Account, StartFailed

UNPRIVILEGED = ("nobody", "daemon")


def serving(data: Path) -> Account | None:
    """Return who must serve this data folder; None means the present user.

    As root, data that exists keeps its owner, so that one home may be started by root and by its own user in turn.
    """
    if os.geteuid() != 0:
        _account(os.geteuid())  # Postgres refuses a user without a name
        return None
    if data.exists() and data.stat().st_uid != 0:
        return _account(data.stat().st_uid)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise StartFailed(
        "Postgres must not run as root and this machine has no user nobody: run make up as an ordinary user."
    )


def may_enter(path: Path, account: Account) -> bool:
    """Say whether the account may pass through every folder of the path and enter its last part."""
    for part in (path, *path.parents):
        facts = part.stat()
        if facts.st_uid == account.uid:
            bit = 0o100
        elif facts.st_gid == account.gid:
            bit = 0o010
        else:
            bit = 0o001
        if not facts.st_mode & bit:
            return False
    return True


def give(path: Path, account: Account | None) -> None:
    """Hand a folder or file that was just made to the account, if there is one; its mode stays."""
    if account:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise StartFailed(
            f"Postgres serves only under a user that has a name, and user {uid} has none on this machine: "
            "add it to /etc/passwd, or set MARU_DATABASE_URL to use another server."
        ) from error
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
