"""A company's own declarations as sets: what lies in its folders, what was asked for, and which set is in force.

Every set that was ever asked for or in force is kept in the state folder under its *mark*, the hash of all that is in
it, so that what counts is to the byte what was signed, and old sets can be looked at. A file beside them says which
one is in force; the store says so too (`sync.declaring`), and is right where they differ.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from rules.load import SHIPPED as SHIPPED_RULES
from sheet_templates.load import SHIPPED_FORMS, SHIPPED_LIMITS
from sheet_templates.role import SHIPPED as SHIPPED_ROLES
from sheet_templates.words import SHIPPED as SHIPPED_WORDS
from sync.edges.files import write_whole

Files: TypeAlias = Mapping[str, bytes]
"""A set of declarations: each file by its name below the workspace."""

_FOLDER: Final = "declared"
_IN_FORCE: Final = "in_force"
_FOLDERS: Final = ("forms", "rules", "words")
_FILES: Final = ("roles.toml", "limits.toml")
_LENGTH: Final = 16


def files_of(root: Path) -> Files:
    """Return the declarations that lie below *root*. Raises OSError."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in _paths(root)}


def shipped_files() -> Files:
    """Return what comes with Deskbook, named as a company would name its own."""
    folders = {"forms": SHIPPED_FORMS, "rules": SHIPPED_RULES, "words": SHIPPED_WORDS}
    places = {f"{name}/{path.name}": path for name, each in folders.items() for path in each.glob("*.toml")}
    places |= {"roles.toml": SHIPPED_ROLES, "limits.toml": SHIPPED_LIMITS}
    return {name: path.read_bytes() for name, path in places.items()}


def mark_of(files: Files) -> str:
    """Return the mark of a set: the beginning of a hash of all names and contents."""
    found = hashlib.sha256()
    for name in sorted(files):
        found.update(f"{name}\0{len(files[name])}\0".encode())
        found.update(files[name])
    return found.hexdigest()[:_LENGTH]


def keep(state: Path, files: Files) -> str:
    """Keep a set in the *state* folder; return its mark. Raises OSError."""
    mark = mark_of(files)
    if kept(state, mark) is None:
        folder = folder_of(state, mark)
        for name, content in files.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            write_whole(place, content)
        for name in files_of(folder).keys() - files.keys():
            (folder / name).unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
    return mark


def kept(state: Path, mark: str) -> Files | None:
    """Return the set that was kept under *mark*; None if it is not there, or is no longer what its mark says."""
    folder = folder_of(state, mark)
    if not folder.is_dir():
        return None
    found = files_of(folder)
    return found if mark_of(found) == mark else None


def put_in_force(state: Path, mark: str) -> None:
    """Say that the set *mark* is the one in force. Raises OSError."""
    place = state / _FOLDER / _IN_FORCE
    place.parent.mkdir(parents=True, exist_ok=True)
    write_whole(place, mark.encode())


def mark_in_force(state: Path) -> str | None:
    """Return the mark of the set in force; None if none is, or it is no longer what its mark says."""
    place = state / _FOLDER / _IN_FORCE
    if not place.is_file():
        return None
    mark = place.read_text(encoding="utf-8", errors="replace").strip()
    # Whoever writes there must not send us anywhere else.
    whole = len(mark) == _LENGTH and all(each in "0123456789abcdef" for each in mark)
    return mark if whole and kept(state, mark) is not None else None


def folder_of(state: Path, mark: str) -> Path:
    """Return the folder of a kept set: it looks like a workspace's as far as its declarations go."""
    return state / _FOLDER / mark


def _paths(root: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        yield from (root / folder).glob("*.toml")
    yield from (root / name for name in _FILES if (root / name).is_file())
