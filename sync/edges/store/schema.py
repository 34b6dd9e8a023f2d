"""Opening a store: it must lie where a store may lie, be ours to read, and have the newest tables."""

from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select

from sheet_templates.record import text
from sync.edges.store.database import Database
from sync.edges.store.errors import StoreError
from sync.edges.store.place import MOUNTS, network_file_system
from sync.edges.store.tables import SCHEMA


def prepare(database: Database, mounts: Path = MOUNTS) -> None:
    """Make *database* a store of the newest schema: create its tables, or migrate them, in one transaction.

    Raises StoreError if it lies on a network file system, belongs to a newer Deskbook or to another program,
    or cannot be opened. *mounts*: where the system says what is mounted.
    """
    if database.on_sqlite:
        _check_place(database, mounts)
    with database.reading() as connection:
        if database.on_sqlite:
            _check_mode(connection, database.place)
        if version(connection, database.place) == SCHEMA:
            return
    with database.writing() as connection:
        if version(connection, database.place) != SCHEMA:  # nobody was faster
            # alembic takes half a second to import, and nearly every start finds the newest schema
            from sync.edges.store.migrate import migrate  # noqa: PLC0415

            migrate(connection)


def _check_place(database: Database, mounts: Path) -> None:
    path = Path(database.url.database or "")
    kind = network_file_system(path, mounts)
    if kind is not None:
        raise StoreError(
            text("store.network", place=str(path), kind=kind), text("store.network.mend", place=str(path))
        )


def _check_mode(connection: Connection, place: str) -> None:
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    if mode != "wal":
        raise StoreError(
            text("store.network", place=place, kind=f"journal_mode={mode}"),
            text("store.network.mend", place=place),
        )


def version(connection: Connection, place: str) -> str | None:
    """Return the schema's number, or None if the database is empty. Raises StoreError if it is not for us."""
    tables = inspect(connection).get_table_names()
    if _VERSION.name not in tables:
        if tables:
            raise StoreError(text("store.foreign", place=place), text("store.foreign.mend", place=place))
        return None
    found = connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()
    if found is not None and found > SCHEMA:
        raise StoreError(
            text("store.newer", place=place, found=found, known=SCHEMA),
            text("store.newer.mend", place=place),
        )
    return found


_VERSION: Final = Table("alembic_version", MetaData(), Column("version_num", Text))
"""Where alembic notes the migration that ran last; the numbers have four digits."""
