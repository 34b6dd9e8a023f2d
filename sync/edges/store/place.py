"""On what kind of file system does a path lie? A store on a share would sooner or later be damaged.

WAL needs memory that all who open the file share, and locks that hold: network file systems have neither
(sqlite.org/wal.html, section 1; research/sync.md, row 25).
"""

import re
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Final

MOUNTS: Final = Path("/proc/self/mountinfo")
"""Where Linux says what is mounted (proc(5))."""

_NETWORK: Final = frozenset(
    {
        *(
            "nfs",
            "nfs3",
            "nfs4",
            "cifs",
            "smb",
            "smbfs",
            "smb2",
            "smb3",
            "ncpfs",
            "afs",
            "coda",
            "9p",
            "davfs",
        ),
        *("ceph", "lustre", "gpfs", "beegfs", "glusterfs", "ocfs2", "gfs2", "pvfs2", "orangefs", "vboxsf"),
        *(
            "fuse.sshfs",
            "fuse.rclone",
            "fuse.davfs",
            "fuse.davfs2",
            "fuse.glusterfs",
            "fuse.ceph",
            "fuse.s3fs",
        ),
        *(
            "fuse.smbnetfs",
            "fuse.gvfsd-fuse",
            "fuse.curlftpfs",
            "fuse.juicefs",
            "fuse.vmhgfs-fuse",
            "fuse.onedriver",
        ),
    }
)


def network_file_system(path: Path, mounts: Path = MOUNTS) -> str | None:
    r"""Return the kind of network file system (`nfs4`, `cifs`) that *path* lies on, or None if it is a local one.

    *path* need not exist yet. On Windows a path of the form `\\server\share` is a share; elsewhere the
    answer is in *mounts*; where there is no such file it is None. A share behind a drive letter is not seen.
    """
    whole = path.resolve()
    if PureWindowsPath(whole).drive.startswith("\\\\"):
        return "smb"
    if not mounts.exists():
        return None
    kind = mounted(mounts.read_text(encoding="utf-8", errors="surrogateescape"), whole)
    return kind if kind in _NETWORK else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One line of mountinfo."""

    id: str
    parent: str
    point: PurePosixPath
    kind: str


def mounts_in(mountinfo: str) -> tuple[Mount, ...]:
    """Return what is mounted, in the order in which it was. A bind mount has the kind of what it shows."""
    found = []
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        columns = left.split(" ")
        if len(columns) > _POINT:
            point = PurePosixPath(_plain(columns[_POINT]))
            found.append(Mount(id=columns[0], parent=columns[1], point=point, kind=right.split(" ", 1)[0]))
    return tuple(found)


def mounted(mountinfo: str, path: PurePath) -> str:
    """Return the kind of file system that *path* lies on; '' if unknown.

    As the kernel goes: from the root to what is mounted on the way. So a mount hides those that were made
    before it below the same place, however deep they lie.
    """
    mounts = mounts_in(mountinfo)
    ids = {each.id for each in mounts}
    here = next((each for each in mounts if each.parent not in ids or each.parent == each.id), None)
    kind, passed = "", set[str]()
    while here is not None and path.is_relative_to(here.point) and here.id not in passed:
        kind, at = here.kind, here.id
        passed.add(at)
        above = [
            each
            for each in mounts
            if each.parent == at and each.id not in passed and path.is_relative_to(each.point)
        ]
        # The way meets the shortest first; of two at one place the later one lies on top of the earlier.
        here = min(reversed(above), key=lambda each: len(each.point.parts), default=None)
    return kind


_POINT: Final = 4
_OCTAL: Final = re.compile(r"\\([0-7]{3})")


def _plain(escaped: str) -> str:
    """Return a mount point as it is: mountinfo writes spaces, tabs, newlines and backslashes in octal."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), escaped)
