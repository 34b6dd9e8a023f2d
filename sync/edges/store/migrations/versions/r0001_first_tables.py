"""The first tables, and the triggers that keep the journal append-only."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision: Final = "0001"
down_revision: Final = None


def upgrade() -> None:
    """Create everything. There is no way down: an older store is a backup."""
    _truth()
    _desks()
    _waiting()
    _outbox()
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


_Big: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _table(name: str, *parts: SchemaItem, rowid: bool = True, never_again: bool = False) -> None:
    op.create_table(
        name, *parts, sqlite_strict=True, sqlite_with_rowid=rowid, sqlite_autoincrement=never_again
    )


def _seq() -> sa.Column[int]:
    return sa.Column("seq", _Big, primary_key=True)


def _keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, primary_key=True) for name in names]


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _texts_or_none(*names: str) -> list[sa.Column[str | None]]:
    return [sa.Column(name, sa.Text, nullable=True) for name in names]


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _Big, nullable=False)


def _truth() -> None:
    _table("about", *_keys("topic"), *_texts("content"))
    _table(
        "records",
        _seq(),
        *_texts("form", "id", "number", "state"),
        _number("version"),
        *_texts("fields"),
        *_texts_or_none("created_at", "changed_at"),
        sa.UniqueConstraint("form", "id"),
    )
    numbered = sa.text("number != ''")
    op.create_index(
        "records_by_number",
        "records",
        ["form", "number"],
        unique=True,
        sqlite_where=numbered,
        postgresql_where=numbered,
    )
    _table(
        "holdings",
        *_keys("form", "field", "held", "record"),
        sa.ForeignKeyConstraint(["form", "record"], ["records.form", "records.id"]),
        rowid=False,
    )
    op.create_index("holdings_by_record", "holdings", ["form", "record"])
    _table(
        "journal",
        sa.Column("seq", _Big, primary_key=True, autoincrement=False),
        *_texts("at", "kind"),
        *_texts_or_none("desk", "person", "form", "record", "field"),
        *_texts("old", "new", "cause", "detail", "previous", "hash"),
    )
    op.create_index("journal_by_record", "journal", ["form", "record", "seq"])
    _table("counters", *_keys("series"), _number("n"))
    _table(
        "runs",
        _seq(),
        *_texts("form", "record", "chain", "frozen"),
        _number("round"),
        *_texts("state", "content", "submitted_by", "submitted_at", "material"),
        sa.UniqueConstraint("form", "record"),
    )
    op.create_index("runs_by_state", "runs", ["state"])
    _table(
        "decisions",
        _seq(),
        *_texts("form", "record"),
        _number("round"),
        *_texts("step", "role", "person", "desk", "verdict", "opinion", "content", "grade", "at"),
        *_texts_or_none("voided"),
        sa.UniqueConstraint("form", "record", "round", "step", "role", "person"),
    )


def _desks() -> None:
    _table("desks", *_keys("desk"), *_texts("path", "file"), *_texts_or_none("render", "latest"))
    _table("files", *_keys("file"), *_texts("desk", "path"), *_texts_or_none("render"), *_texts("at"))
    _table("delivered", _seq(), *_texts("render", "form", "record", "field", "value"))
    op.create_index("delivered_by_render", "delivered", ["render"])
    _table("nicknames", *_keys("desk", "form", "text"), *_texts("record"))
    _table(
        "dirty",
        _seq(),
        *_texts("desk", "form", "record"),
        sa.UniqueConstraint("desk", "form", "record"),
        never_again=True,
    )
    _table(
        "renders",
        _seq(),
        *_texts("id", "desk"),
        sa.Column("parent", _Big, sa.ForeignKey("renders.seq"), nullable=True),
        _number("depth"),
        *_texts("at"),
        *_texts_or_none("published_at"),
        sa.UniqueConstraint("id"),
    )
    _table(
        "shown",
        sa.Column("render", _Big, sa.ForeignKey("renders.seq"), primary_key=True),
        *_keys("form", "record"),
        *_texts_or_none("fields"),
        rowid=False,
    )


def _waiting() -> None:
    cell = ("desk", "form", "record", "field")
    _table("drafts", _seq(), *_texts(*cell, "typed"), sa.UniqueConstraint(*cell))
    _table("problems", _seq(), *_texts(*cell, "what", "content"), sa.UniqueConstraint(*cell, "what"))
    _table(
        "conflicts",
        _seq(),
        *_texts(*cell, "hash", "mine", "theirs", "base", "at"),
        sa.UniqueConstraint(*cell, "hash"),
    )


def _outbox() -> None:
    _table(
        "notices", _seq(), *_texts("event", "content", "at"), _number("told"), sa.UniqueConstraint("event")
    )
    op.create_index("notices_by_told", "notices", ["told"])
    _table(
        "messages",
        _seq(),
        *_texts("key", "receiver", "subject", "text", "html", "state"),
        _number("tries"),
        *_texts_or_none("due"),
        *_texts("detail"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("messages_by_state", "messages", ["state"])
    _table("contents", *_keys("hash"), sa.Column("content", sa.LargeBinary, nullable=False))
    _table(
        "attachments",
        sa.Column("message", sa.Text, sa.ForeignKey("messages.key"), primary_key=True),
        sa.Column("place", _Big, primary_key=True, autoincrement=False),
        *_texts("name", "mime"),
        *_texts_or_none("cid"),
        sa.Column("hash", sa.Text, sa.ForeignKey("contents.hash"), nullable=False),
    )
    _table("ledger", *_keys("job", "period"), *_texts("at"))


_GUARDS: Final = {
    "sqlite": (
        """
        CREATE TRIGGER journal_keeps BEFORE UPDATE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
        """,
        """
        CREATE TRIGGER journal_stays BEFORE DELETE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
        """,
        # also against INSERT OR REPLACE, which deletes without a trigger
        """
        CREATE TRIGGER journal_follows BEFORE INSERT ON journal
        WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM journal)
          OR NEW.previous <> coalesce((SELECT hash FROM journal ORDER BY seq DESC LIMIT 1), '')
        BEGIN SELECT RAISE(ABORT, 'a line of the journal follows the last one'); END
        """,
    ),
    "postgresql": (
        """
        CREATE FUNCTION journal_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the journal is append-only' USING ERRCODE = 'integrity_constraint_violation'; END
        $$
        """,
        """
        CREATE FUNCTION journal_checks() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM journal)
                OR NEW.previous <> coalesce((SELECT hash FROM journal ORDER BY seq DESC LIMIT 1), '')
            THEN
                RAISE EXCEPTION 'a line of the journal follows the last one'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END
        $$
        """,
        """
        CREATE TRIGGER journal_keeps BEFORE UPDATE OR DELETE ON journal
        FOR EACH ROW EXECUTE FUNCTION journal_refuses()
        """,
        """
        CREATE TRIGGER journal_stays BEFORE TRUNCATE ON journal
        FOR EACH STATEMENT EXECUTE FUNCTION journal_refuses()
        """,
        """
        CREATE TRIGGER journal_follows BEFORE INSERT ON journal
        FOR EACH ROW EXECUTE FUNCTION journal_checks()
        """,
    ),
}
"""Statements that see to it that the journal only grows, by one line after the other."""
