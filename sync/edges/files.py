"""Writing a file so that it is there wholly or not at all."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Put *content* at *path* in one step: readers and crashes see the old file or the new one.

    The file in the making has a name that begins with a dot and is always the same, so that crashes leave no
    heap of them. Raises OSError.
    """
    making = path.with_name(f".{path.name}.part")
    with making.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    making.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* durable, where the system can (Windows and some shares cannot)."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
