"""What can go wrong with a store as a whole, said so that an administrator can mend it."""

from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from sheet_templates.record import Problem, Text, text


class StoreError(Exception):
    """The store cannot be used as it is. Nothing was changed; *problem* says what to do."""

    def __init__(self, what: Text, mend: Text) -> None:
        self.problem = Problem(what=what, mend=mend)
        super().__init__(f"{what.key} {dict(what.params)}")


class Contradiction(ValueError):  # noqa: N818 — it names what is wrong, and no person will ever read it
    """A caller asked for something that contradicts what the store holds. That is a bug of the caller."""


_SQLITE: Final = {
    "SQLITE_BUSY": "store.busy",
    "SQLITE_LOCKED": "store.busy",
    "SQLITE_FULL": "store.full",
    "SQLITE_CORRUPT": "store.damaged",
    "SQLITE_NOTADB": "store.damaged",
    "SQLITE_READONLY": "store.denied",
    "SQLITE_CANTOPEN": "store.denied",
    "SQLITE_PERM": "store.denied",
    "SQLITE_IOERR": "store.unreadable",
}
"""Primary result code of SQLite → sentence; extended codes (`SQLITE_BUSY_SNAPSHOT`) begin with theirs."""

_POSTGRESQL: Final = {
    "55P03": "store.busy",
    "53100": "store.full",
    "25006": "store.denied",
    "42501": "store.denied",
}
"""SQLSTATE → sentence."""


def explained(error: DBAPIError, place: str) -> Exception:
    """Return what *error* of the database at *place* means: StoreError, Contradiction, or the error itself."""
    if isinstance(error, IntegrityError):
        return Contradiction(str(error.orig))
    key = _key(error)
    if key is None:
        return error
    return StoreError(text(key, place=place, why=str(error.orig).strip()), text(f"{key}.mend", place=place))


def _key(error: DBAPIError) -> str | None:
    name = getattr(error.orig, "sqlite_errorname", None)
    if name is not None:
        return next((key for code, key in _SQLITE.items() if name.startswith(code)), None)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return "store.away" if isinstance(error, OperationalError) else None
    return "store.away" if error.connection_invalidated else _POSTGRESQL.get(state)
