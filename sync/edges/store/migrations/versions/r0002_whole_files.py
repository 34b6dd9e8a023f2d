"""What is wrong with a whole file is known by what it is and by the file: several files of a desk may be wrong."""

import json
from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"

_PROBLEMS: Final = sa.table(
    "problems", *map(sa.column, ("seq", "desk", "form", "record", "field", "what", "content"))
)


def upgrade() -> None:
    """Name the file in the keys of such problems: by its old key one is never found again, and holds its desk up."""
    connection, problems = op.get_bind(), _PROBLEMS.c
    whole = sa.select(_PROBLEMS).where(problems.form == "", problems.record == "").order_by(problems.seq)
    found = connection.execute(whole).all()
    known = {(each.desk, each.field, each.what) for each in found}
    for each in found:
        content = json.loads(each.content)
        key, file = content["what"][0], content.get("file")
        if file is None or each.what != key:
            continue
        named, this = f"{key} {file}", problems.seq == each.seq
        if (each.desk, each.field, named) in known:
            connection.execute(sa.delete(_PROBLEMS).where(this))
        else:
            connection.execute(sa.update(_PROBLEMS).where(this).values(what=named))
