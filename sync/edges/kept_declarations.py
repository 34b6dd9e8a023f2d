"""A company's own declarations as they were when Deskbook last began to work with them.

A daemon that runs goes on with what it read. What lies in the workspace's folders meanwhile can be compared with it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from sync.edges.files import write_whole

_FOLDER: Final = "declared"
_FOLDERS: Final = ("forms", "rules", "words")
_FILES: Final = ("roles.toml", "limits.toml")


def keep(root: Path, state: Path) -> None:
    """Keep what the workspace at *root* declares itself in its *state* folder. Raises OSError."""
    kept, found = kept_folder(state), _own(root)
    for name, content in found.items():
        place = kept / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.is_file() or place.read_bytes() != content:
            write_whole(place, content)
    for name in _own(kept).keys() - found.keys():
        (kept / name).unlink(missing_ok=True)
    kept.mkdir(parents=True, exist_ok=True)


def kept_folder(state: Path) -> Path:
    """Return the folder that looks like a workspace's as far as its declarations go; it need not be there yet."""
    return state / _FOLDER


def changed(root: Path, state: Path) -> Mapping[str, str]:
    """Return which files declare something else than what was kept, and the beginning of the hash of each.

    Of a file that is gone the hash is empty. Nothing, if nothing was kept yet.
    """
    kept, found = kept_folder(state), _own(root)
    if not kept.is_dir():
        return {}
    before = _own(kept)
    names = sorted(each for each in {*before, *found} if before.get(each) != found.get(each))
    return {each: hashlib.sha256(found[each]).hexdigest()[:16] if each in found else "" for each in names}


def unchanged(root: Path, state: Path) -> bool:
    """Return whether the workspace at *root* declares what was kept, or nothing was kept yet."""
    kept = kept_folder(state)
    return not kept.is_dir() or _own(kept) == _own(root)


def _own(root: Path) -> dict[str, bytes]:
    """Return the declarations below *root*, by name."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in _paths(root)}


def _paths(root: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        yield from (root / folder).glob("*.toml")
    yield from (root / name for name in _FILES if (root / name).is_file())
