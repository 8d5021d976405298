"""A role among the objects of one process."""

from threading import Lock


class InMemoryLeadership:
    """`Leadership` over a dictionary that its rivals share: role → holder."""

    _lock = Lock()

    def __init__(self, holders: dict[str, object], role: str) -> None:
        self._holders, self._role = holders, role

    def held(self) -> bool:
        """Take the role if it is free; True while it is ours."""
        with self._lock:
            return self._holders.setdefault(self._role, self) is self

    def give_up(self) -> None:
        """Let another have it now."""
        with self._lock:
            if self._holders.get(self._role) is self:
                del self._holders[self._role]
