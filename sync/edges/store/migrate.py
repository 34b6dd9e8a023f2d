"""Brings a store's tables to the newest schema; the only module that needs alembic, so others start fast."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

MIGRATIONS: Final = Path(__file__).with_name("migrations")


def config(connection: Connection | None = None) -> Config:
    """Return alembic's configuration, made in code; migrations run on *connection*."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def migrate(connection: Connection) -> None:
    """Run the migrations that *connection*'s database lacks, in the transaction that it is in."""
    command.upgrade(config(connection), "head")
