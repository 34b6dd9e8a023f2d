"""Pulls the plug between any two acts of the engine on the world."""

from collections.abc import Callable
from typing import Any, Final

ACTS: Final = frozenset({"commit", "prepare", "publish", "post", "done", "write", "create"})
"""What changes something, in the store or in a file."""


class Crash(BaseException):
    """The process is gone. No exception that anybody handles."""


class Fuse:
    """Stands before a port: lets *left* acts go by, then crashes, before the next one or just after it.

    Several fuses may share one count.
    """

    def __init__(self, port: Any, left: list[int], *, after: bool) -> None:
        self._port, self._left, self._after = port, left, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._guarded(found) if name in ACTS else found

    def _guarded(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def acting(*args: Any, **kwargs: Any) -> Any:
            self._left[0] -= 1
            if self._left[0] >= 0:
                return act(*args, **kwargs)
            if self._after:
                act(*args, **kwargs)
            raise Crash

        return acting
