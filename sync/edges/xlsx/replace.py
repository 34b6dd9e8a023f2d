"""Publishing a file in steps, so that a crash after any of them, or a save between them, loses nothing.

Each publication is a generator that stops after every step: whoever runs it just goes on, tests stop it
anywhere. Left-over files carry our prefix; `leftovers` says what to do with them at the next start.
Source: research/sync.md, sections 4 (rows 4–15) and 7.
"""

import errno
import os
import stat
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

from sheet_templates.record import text
from sync.edges.files import sync_folder, write_whole
from sync.edges.xlsx.archive import Archive, Damaged, Doubled, Excessive, Limits, Locked
from sync.edges.xlsx.harm import Harm
from sync.edges.xlsx.renames import Exchange, rename_free
from sync.edges.xlsx.versions import Versions, hash_of
from sync.ports import Hash, Refused, Why

NEW: Final = ".deskbook-new-"
OLD: Final = ".deskbook-old-"
_DIGITS: Final = 12
_SHARING: Final = frozenset((32, 33))
"""ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION of Windows: somebody has it open."""
_ACCESS: Final = 5
"""ERROR_ACCESS_DENIED: what Windows says too when a file that somebody has open is to be renamed."""


class Step(StrEnum):
    """What has been done, in this order."""

    LOOKED = "looked"
    """Nobody has it open, and it is what was expected."""
    KEPT = "kept"
    """Its bytes are among the versions."""
    BUILT = "built"
    """The new bytes are made and proved."""
    STAGED = "staged"
    """They lie beside it, durably."""
    LOOKED_AGAIN = "looked again"
    ASIDE = "aside"
    """Only where names cannot be exchanged: the old file stands aside, its name is free."""
    SWAPPED = "swapped"
    DISPLACED = "displaced"
    """What was displaced has been looked at, and kept if it was not what was expected."""
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """The new file is in place."""

    file: Hash
    displaced: Hash | None = None


Publication: TypeAlias = "Generator[Step, None, Replaced | Refused]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """What publishing needs of the world."""

    versions: Versions
    busy: Callable[[Path], str | None]
    exchange: Exchange


def finish(publication: Publication) -> Replaced | Refused:
    """Carry out all steps that are left."""
    while True:
        try:
            next(publication)
        except StopIteration as done:
            ended: Replaced | Refused = done.value
            return ended


def replacing(path: Path, expect: Hash, build: Callable[[bytes], bytes], publisher: Publisher) -> Publication:
    """Replace the file at *path* by what *build* makes of it, if nobody has it open and it is *expect*.

    *build* may raise Harm.
    """
    staged = None
    try:
        refused = _look(path, expect, publisher)
        if isinstance(refused, Refused):
            return refused
        yield Step.LOOKED
        publisher.versions.keep(refused)
        yield Step.KEPT
        new = build(refused)
        yield Step.BUILT
        staged = _stage(path, new)
        yield Step.STAGED
        refused = _look(path, expect, publisher)
        if isinstance(refused, Refused):
            staged.unlink()
            return refused
        yield Step.LOOKED_AGAIN
        return (yield from _swapping(path, staged, expect, new, publisher))
    except Harm as harm:
        return Refused(why=Why.HARM, detail=str(harm), what=harm.what)
    except OSError as error:
        if staged is not None:
            staged.unlink(missing_ok=True)
        return refusal(error)


def creating(path: Path, new: bytes) -> Publication:
    """Put *new* at *path*, where there is no file yet."""
    staged = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            return Refused(why=Why.CHANGED, detail="there is a file of that name")
        staged = _stage(path, new)
        yield Step.STAGED
        rename_free(staged, path)
        sync_folder(path.parent)
        yield Step.SWAPPED
        return Replaced(file=hash_of(new))
    except FileExistsError:
        if staged is not None:
            staged.unlink(missing_ok=True)
        return Refused(why=Why.CHANGED, detail="there is a file of that name")
    except OSError as error:
        if staged is not None:
            staged.unlink(missing_ok=True)
        return refusal(error)


def filing(path: Path, target: Path, expect: Hash, publisher: Publisher) -> Publication:
    """Move the file at *path* to *target*, on whatever disk, if nobody has it open and it is *expect*."""
    try:
        raw = _look(path, expect, publisher)
        if isinstance(raw, Refused):
            return raw
        yield Step.LOOKED
        publisher.versions.keep(raw)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, raw)
        yield Step.KEPT
        # From here on a crash leaves it aside, and the next sweep gives it its name back.
        aside = path.with_name(f"{OLD}{expect[:_DIGITS]}-{path.name}")
        path.rename(aside)
        yield Step.ASIDE
        if hash_of(aside.read_bytes()) != expect:
            rename_free(aside, path)
            return Refused(why=Why.CHANGED)
        yield Step.DISPLACED
        aside.unlink()
        sync_folder(path.parent)
        yield Step.CLEARED
        return Replaced(file=expect)
    except OSError as error:
        return refusal(error)


_DENIED: Final = {
    **dict.fromkeys((errno.EACCES, errno.EPERM), text("denied.rights")),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), text("denied.full")),
    errno.EROFS: text("denied.read_only"),
    errno.ENAMETOOLONG: text("denied.name"),
}
"""What its people read of the faults that they, or who looks after their share, can mend."""


def refusal(error: OSError) -> Refused:
    """Return why the system would not have it."""
    if isinstance(error, FileNotFoundError):
        return Refused(why=Why.MISSING, detail=error.strerror or "")
    code = getattr(error, "winerror", None)
    open_there = code in _SHARING or (code == _ACCESS and _writable(error))
    if open_there or error.errno in {errno.ETXTBSY, errno.EBUSY}:
        return Refused(why=Why.BUSY, detail=error.strerror or "")
    return Refused(why=Why.DENIED, detail=error.strerror or str(error), what=_DENIED.get(error.errno or 0))


def _writable(error: OSError) -> bool:
    """Return whether what could not be had may be written, so that it is not for its rights."""
    names = [each for each in (error.filename, error.filename2) if each is not None]
    return bool(names) and all(os.access(each, os.W_OK) for each in names if os.path.exists(each))  # noqa: PTH110 — names may be bytes


def leftovers(folder: Path, versions: Versions, limits: Limits, *, clear: bool) -> Iterator[Hash]:
    """Clear what crashed publications left in *folder*; yield the kept versions that may not have been read.

    *clear*: False leaves these where they lie, until somebody has read them.

    A file that stood aside while its name was free goes back. Raises OSError.
    """
    for path in sorted(folder.iterdir()):
        if path.name.startswith(OLD):
            try:
                rename_free(path, path.with_name(path.name[len(OLD) + _DIGITS + 1 :]))
            except FileExistsError:
                yield versions.keep(path.read_bytes())
                if clear:
                    path.unlink()
        elif path.name.startswith(NEW):
            raw = path.read_bytes()
            whole = _is_whole(raw, limits)
            if whole:
                yield versions.keep(raw)
            if clear or not whole:
                path.unlink()


def _look(path: Path, expect: Hash, publisher: Publisher) -> bytes | Refused:
    """Return the bytes at *path*, or why it must not be replaced now. Raises OSError."""
    who = publisher.busy(path)
    if who is not None:
        return Refused(why=Why.BUSY, who=who)
    raw = path.read_bytes()
    return raw if hash_of(raw) == expect else Refused(why=Why.CHANGED)


def _stage(path: Path, new: bytes) -> Path:
    """Write *new* durably beside *path*, with the rights of the file that is there. Raises OSError."""
    staged = path.with_name(f"{NEW}{hash_of(new)[:_DIGITS]}-{path.name}")
    try:
        with staged.open("wb") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            _give_rights(path, staged)
    except OSError:
        staged.unlink(missing_ok=True)
        raise
    return staged


def _give_rights(old: Path, new: Path) -> None:
    had = old.stat()
    new.chmod(stat.S_IMODE(had.st_mode))
    if hasattr(os, "chown") and (had.st_uid, had.st_gid) != (os.geteuid(), os.getegid()):
        try:
            os.chown(new, had.st_uid, had.st_gid)
        except PermissionError:
            # Only root may give files away; the folder's rights then have to let its people in.
            return


def _swapping(path: Path, staged: Path, expect: Hash, new: bytes, publisher: Publisher) -> Publication:
    """Bring the staged file to its name, and look at what it displaced. Raises OSError."""
    if publisher.exchange(staged, path):
        displaced = staged
    else:
        displaced = path.with_name(f"{OLD}{expect[:_DIGITS]}-{path.name}")
        path.rename(displaced)
        yield Step.ASIDE
        try:
            rename_free(staged, path)
        except FileExistsError:
            # Somebody saved in the moment in which the name was free: theirs stays.
            publisher.versions.keep(displaced.read_bytes())
            displaced.unlink()
            staged.unlink()
            return Refused(why=Why.CHANGED)
        except OSError:
            rename_free(displaced, path)
            raise
    sync_folder(path.parent)
    yield Step.SWAPPED
    old = displaced.read_bytes()
    unread = None if hash_of(old) == expect else publisher.versions.keep(old)
    yield Step.DISPLACED
    if unread is None:
        displaced.unlink()
    # Else it lies there until the next sweep: a crash may come before it is read.
    yield Step.CLEARED
    return Replaced(file=hash_of(new), displaced=unread)


def _is_whole(raw: bytes, limits: Limits) -> bool:
    try:
        Archive.open(raw, limits)
    except (Damaged, Doubled, Excessive, Locked):
        return False
    return True
