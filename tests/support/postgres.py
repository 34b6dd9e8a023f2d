"""A database of one's own on the PostgreSQL server that the environment names, for the length of a test."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

SERVER = "DESKBOOK_TEST_POSTGRES"


@contextmanager
def own_schema() -> Iterator[str]:
    """Give the URL of an empty schema, which is dropped afterwards; skip the test if there is no server."""
    server = os.environ.get(SERVER)
    if not server:
        pytest.skip(f"needs PostgreSQL: set {SERVER} to the URL of a database that tests may write to")
    url = make_url(server).set(drivername="postgresql+psycopg")
    name = f"test_{secrets.token_hex(8)}"
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        try:
            own = url.update_query_dict({"options": f"-csearch_path={name}"})
            yield own.render_as_string(hide_password=False)
        finally:
            with engine.begin() as connection:
                connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    finally:
        engine.dispose()
