"""The tables as they are now. How they came to be, step by step, is in `migrations/versions`.

Types are those that SQLite's STRICT tables and PostgreSQL both have. Moments are ISO 8601 text with their
offset, values JSON text (`codec`); a column `seq` counts insertions and is what things are ordered by.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

SCHEMA: Final = "0002"
"""The newest migration: what this version of Deskbook reads and writes."""

metadata: Final = MetaData()
_Big: Final = BigInteger().with_variant(Integer, "sqlite")


def _table(name: str, *parts: SchemaItem, rowid: bool = True, never_again: bool = False) -> Table:
    """Return a table; *never_again*: a `seq` that was deleted is not given to another row."""
    return Table(
        name,
        metadata,
        *parts,
        sqlite_strict=True,
        sqlite_with_rowid=rowid,
        sqlite_autoincrement=never_again,
    )


def _seq() -> Column[int]:
    return Column("seq", _Big, primary_key=True)


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _text_or_none(name: str) -> Column[str | None]:
    return Column(name, Text, nullable=True)


def _number(name: str) -> Column[int]:
    return Column(name, _Big, nullable=False)


about: Final = _table("about", _key("topic"), _text("content"))
"""What the store remembers of itself, such as the fields that its index was made by."""


# The truth: records, what was decided on them, and how all of it came about.

records: Final = _table(
    "records",
    _seq(),
    _text("form"),
    _text("id"),
    _text("number"),
    _text("state"),
    _number("version"),
    _text("fields"),
    _text_or_none("created_at"),
    _text_or_none("changed_at"),
    UniqueConstraint("form", "id"),
)
Index(
    "records_by_number",
    records.c.form,
    records.c.number,
    unique=True,
    sqlite_where=records.c.number != "",
    postgresql_where=records.c.number != "",
)

holdings: Final = _table(
    "holdings",
    _key("form"),
    _key("field"),
    _key("held"),
    _key("record"),
    ForeignKeyConstraint(["form", "record"], ["records.form", "records.id"]),
    Index("holdings_by_record", "form", "record"),
    rowid=False,
)
"""Which records hold a value in a unique, link or person field. Made from `records`, and with them."""

journal: Final = _table(
    "journal",
    Column("seq", _Big, primary_key=True, autoincrement=False),
    _text("at"),
    _text("kind"),
    _text_or_none("desk"),
    _text_or_none("person"),
    _text_or_none("form"),
    _text_or_none("record"),
    _text_or_none("field"),
    _text("old"),
    _text("new"),
    _text("cause"),
    _text("detail"),
    _text("previous"),
    _text("hash"),
    Index("journal_by_record", "form", "record", "seq"),
)
"""Append-only, by triggers."""

counters: Final = _table("counters", _key("series"), _number("n"))

runs: Final = _table(
    "runs",
    _seq(),
    _text("form"),
    _text("record"),
    _text("chain"),
    _text("frozen"),
    _number("round"),
    _text("state"),
    _text("content"),
    _text("submitted_by"),
    _text("submitted_at"),
    _text("material"),
    UniqueConstraint("form", "record"),
    Index("runs_by_state", "state"),
)

decisions: Final = _table(
    "decisions",
    _seq(),
    _text("form"),
    _text("record"),
    _number("round"),
    _text("step"),
    _text("role"),
    _text("person"),
    _text("desk"),
    _text("verdict"),
    _text("opinion"),
    _text("content"),
    _text("grade"),
    _text("at"),
    _text_or_none("voided"),
    UniqueConstraint("form", "record", "round", "step", "role", "person"),
)


# The desks: their files, what each version of them showed, and what waits.

desks: Final = _table(
    "desks",
    _key("desk"),
    _text("path"),
    _text("file"),
    _text_or_none("render"),
    _text_or_none("latest"),
)
"""*path*, *file*, *render*: what was last read or written; *latest*: the last published render."""

files: Final = _table(
    "files", _key("file"), _text("desk"), _text("path"), _text_or_none("render"), _text("at")
)
"""Every file, by content hash, that was read and committed, or written."""

delivered: Final = _table(
    "delivered",
    _seq(),
    _text("render"),
    _text("form"),
    _text("record"),
    _text("field"),
    _text("value"),
    Index("delivered_by_render", "render"),
)

nicknames: Final = _table("nicknames", _key("desk"), _key("form"), _key("text"), _text("record"))

dirty: Final = _table(
    "dirty",
    _seq(),
    _text("desk"),
    _text("form"),
    _text("record"),
    UniqueConstraint("desk", "form", "record"),
    never_again=True,
)

renders: Final = _table(
    "renders",
    _seq(),
    _text("id"),
    _text("desk"),
    Column("parent", _Big, ForeignKey("renders.seq"), nullable=True),
    _number("depth"),
    _text("at"),
    _text_or_none("published_at"),
    UniqueConstraint("id"),
)
"""*parent*: the render that the rows in `shown` are the difference to; *depth*: how many stand below it."""

shown: Final = _table(
    "shown",
    Column("render", _Big, ForeignKey("renders.seq"), primary_key=True),
    _key("form"),
    _key("record"),
    _text_or_none("fields"),
    rowid=False,
)


# What waits for a person.

drafts: Final = _table(
    "drafts",
    _seq(),
    _text("desk"),
    _text("form"),
    _text("record"),
    _text("field"),
    _text("typed"),
    UniqueConstraint("desk", "form", "record", "field"),
)

problems: Final = _table(
    "problems",
    _seq(),
    _text("desk"),
    _text("form"),
    _text("record"),
    _text("field"),
    _text("what"),
    _text("content"),
    UniqueConstraint("desk", "form", "record", "field", "what"),
)
"""What a problem does not name is empty here: NULL would equal nothing in the key."""

conflicts: Final = _table(
    "conflicts",
    _seq(),
    _text("desk"),
    _text("form"),
    _text("record"),
    _text("field"),
    _text("hash"),
    _text("mine"),
    _text("theirs"),
    _text("base"),
    _text("at"),
    UniqueConstraint("desk", "form", "record", "field", "hash"),
)
"""*hash*: of *mine*, which may be too long for a key (PostgreSQL: 2,704 bytes)."""


# What leaves the house.

notices: Final = _table(
    "notices",
    _seq(),
    _text("event"),
    _text("content"),
    _text("at"),
    _number("told"),
    UniqueConstraint("event"),
    Index("notices_by_told", "told"),
)

messages: Final = _table(
    "messages",
    _seq(),
    _text("key"),
    _text("receiver"),
    _text("subject"),
    _text("text"),
    _text("html"),
    _text("state"),
    _number("tries"),
    _text_or_none("due"),
    _text("detail"),
    UniqueConstraint("key"),
    Index("messages_by_state", "state"),
)

contents: Final = _table("contents", _key("hash"), Column("content", LargeBinary, nullable=False))
"""The bytes of attachments, once each: a report goes to many."""

attachments: Final = _table(
    "attachments",
    Column("message", Text, ForeignKey("messages.key"), primary_key=True),
    Column("place", _Big, primary_key=True, autoincrement=False),
    _text("name"),
    _text("mime"),
    _text_or_none("cid"),
    Column("hash", Text, ForeignKey("contents.hash"), nullable=False),
)

ledger: Final = _table("ledger", _key("job"), _key("period"), _text("at"))
"""Which job was done for which period."""
