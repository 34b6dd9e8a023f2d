"""Changing names without a moment in which a file is lost: exchange two, or rename only onto a free name."""

import ctypes
import errno
import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

_HERE: Final = -100
"""AT_FDCWD: names are absolute or seen from the working folder."""
_NOREPLACE: Final = 1
_EXCHANGE: Final = 2
_UNABLE: Final = frozenset((errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.ENOTTY))
"""What systems and shares say that do not know the call."""

Exchange = Callable[[Path, Path], bool]
"""Swaps two names in one step; False, and nothing, if it cannot be done here. Raises OSError."""


def exchange(one: Path, other: Path) -> bool:
    """Swap what two names stand for, in one step (renameat2 of Linux, RENAME_EXCHANGE)."""
    return _renameat2(one, other, _EXCHANGE)


def no_exchange(one: Path, other: Path) -> bool:  # noqa: ARG001 — the shape of Exchange
    """Say that names cannot be swapped in one step: Windows, macOS and many shares."""
    return False


def rename_free(old: Path, new: Path) -> None:
    """Rename *old* to *new*. Raises FileExistsError if there is a file of that name, OSError otherwise."""
    if not _renameat2(old, new, _NOREPLACE):
        rename_by_link(old, new)


def rename_by_link(old: Path, new: Path, link: Callable[[Path, Path], None] = os.link) -> None:
    """Rename *old* to *new* where the system does not know how to spare a file that is there.

    A second name fails if it is taken. Raises FileExistsError or OSError.
    """
    try:
        link(old, new)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links: Windows' rename never replaces; elsewhere this look has to do.
        if new.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new)) from None
        old.rename(new)
    else:
        old.unlink()


def _renameat2(one: Path, other: Path, flags: int) -> bool:
    call = _call()
    if call is None:
        return False
    if call(_HERE, os.fsencode(one), _HERE, os.fsencode(other), flags) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNABLE:
        return False
    raise OSError(code, os.strerror(code), str(one), None, str(other))


@functools.cache
def _call() -> Callable[[int, bytes, int, bytes, int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    found = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if found is None:
        return None
    found.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    found.restype = ctypes.c_int
    call: Callable[[int, bytes, int, bytes, int], int] = found
    return call
