"""Who may write in a folder, as far as the file system says: what a sign-off in a desk of one's own rests on."""

import os
import stat
import sys
from pathlib import Path

from sync.ports import Writers

if sys.platform != "win32":
    import grp
    import pwd


def writers_of(folder: Path) -> Writers:
    """Return who may write in *folder*. Windows and shares do not say; an access list may say anything."""
    if sys.platform == "win32":
        return Writers.UNSEEN
    try:
        mode = folder.stat().st_mode
    except OSError:
        return Writers.UNSEEN
    if only_owner_writes(folder):
        return Writers.OWN
    open_to_all = bool(mode & stat.S_IWOTH)
    return Writers.UNSEEN if _has_access_list(folder) and not open_to_all else Writers.OTHERS


def only_owner_writes(folder: Path) -> bool:
    """Return whether nobody but *folder*'s owner and this process' user may change what lies in it.

    What cannot be seen counts as no: on Windows, and on shares, rights are not in the mode. With an access
    control list the mode's group bits are its mask, so that entries for others show as the group's right.
    """
    if sys.platform == "win32":
        return False
    try:
        seen = folder.stat()
    except OSError:
        return False
    if seen.st_mode & stat.S_IWOTH:
        return False
    if not seen.st_mode & stat.S_IWGRP:
        return True
    if _has_access_list(folder):
        return False
    return _members(seen.st_gid) <= {seen.st_uid, os.geteuid(), 0}


def _has_access_list(folder: Path) -> bool:
    if not hasattr(os, "listxattr"):
        return True
    try:
        return "system.posix_acl_access" in os.listxattr(folder)
    except OSError:
        return True


def _members(group: int) -> frozenset[int]:
    """Return the users of a group; one that is not known if the group is not."""
    if sys.platform == "win32":
        return frozenset({-1})
    try:
        named = grp.getgrgid(group).gr_mem
    except KeyError:
        return frozenset({-1})
    return frozenset(each.pw_uid for each in pwd.getpwall() if each.pw_gid == group or each.pw_name in named)
