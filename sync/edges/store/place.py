"""On what kind of file system does a path lie? A store on a share would sooner or later be damaged.

WAL needs memory that all who open the file share, and locks that hold: network file systems have neither
(sqlite.org/wal.html, section 1; research/sync.md, row 25).
"""

import re
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


def mounted(mountinfo: str, path: PurePath) -> str:
    """Return the kind of file system that *path* lies on, by the longest mount point above it; '' if unknown."""
    best, kind = -1, ""
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        columns = left.split(" ")
        point = PurePosixPath(_plain(columns[4])) if len(columns) > _POINT else None
        if point is None or not path.is_relative_to(point):
            continue
        if len(point.parts) >= best:  # a later line hides an earlier one at the same place
            best, kind = len(point.parts), right.split(" ", 1)[0]
    return kind


_POINT: Final = 4
_OCTAL: Final = re.compile(r"\\([0-7]{3})")


def _plain(escaped: str) -> str:
    """Return a mount point as it is: mountinfo writes spaces, tabs, newlines and backslashes in octal."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), escaped)
