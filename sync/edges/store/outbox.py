"""What leaves the house: notices, the messages that carry them, and the ledger of jobs that ran."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, bindparam, exists, func, insert, select, update

from rules.effect import Notify
from sync.edges.store.codec import (
    moment_or_none,
    read_moment,
    read_notify,
    write_moment,
    write_notify,
    written_or_none,
)
from sync.edges.store.database import AnyRow, insert_new
from sync.edges.store.errors import Contradiction
from sync.edges.store.tables import attachments, contents, ledger, messages, notices
from sync.ports import Attachment, Message, MessageState, Notice


def put_notices(connection: Connection, told: Iterable[Notify], at: dt.datetime) -> None:
    """Let notices wait to be told; one whose event is known is left out."""
    for each in told:
        row = {"event": each.event, "content": write_notify(each), "at": write_moment(at), "told": 0}
        insert_new(connection, notices, row)


def waiting_notices(connection: Connection) -> tuple[Notice, ...]:
    """Return the notices that no message carries yet, oldest first."""
    wanted = select(notices).where(notices.c.told == 0).order_by(notices.c.seq)
    return tuple(
        Notice(id=row.seq, notify=read_notify(row.content), at=read_moment(row.at))
        for row in connection.execute(wanted)
    )


def tell(connection: Connection, carried: Iterable[int]) -> None:
    """Say that messages carry these notices."""
    rows = [{"notice": each} for each in carried]
    if rows:
        connection.execute(_TELL, rows)


def post(connection: Connection, outgoing: Iterable[Message]) -> None:
    """Put messages into the outbox; one whose key is known is left out."""
    for message in outgoing:
        if insert_new(connection, messages, _row(message)):
            for place, attachment in enumerate(message.attachments):
                _attach(connection, message.key, place, attachment)


def posted(connection: Connection, state: MessageState | None) -> tuple[Message, ...]:
    """Return the outbox, or what of it is in *state*, in the order of posting."""
    wanted = select(messages).order_by(messages.c.seq)
    enclosed = select(attachments, contents.c.content).join(contents)
    if state is not None:
        wanted = wanted.where(messages.c.state == state)
        enclosed = enclosed.join(messages).where(messages.c.state == state)
    found = connection.execute(wanted).all()
    along: dict[str, list[Attachment]] = {}
    for row in connection.execute(enclosed.order_by(attachments.c.place)):
        attachment = Attachment(name=row.name, mime=row.mime, content=row.content, cid=row.cid)
        along.setdefault(row.message, []).append(attachment)
    return tuple(_message(row, tuple(along.get(row.key, ()))) for row in found)


def mark(
    connection: Connection,
    key: str,
    state: MessageState,
    *,
    tries: int,
    due: dt.datetime | None,
    detail: str,
) -> None:
    """Say where the message *key* stands. Raises Contradiction if there is none."""
    changed = {"state": state, "tries": tries, "due": written_or_none(due), "detail": detail}
    done = connection.execute(update(messages).where(messages.c.key == key).values(changed))
    if done.rowcount != 1:
        raise Contradiction(f"there is no message {key!r}")


def ran(connection: Connection, job: str, period: str) -> bool:
    """Return whether *job* was done for *period*."""
    return connection.execute(_RAN, {"job": job, "period": period}).scalar_one()


def done(connection: Connection, job: str, period: str, at: dt.datetime) -> bool:
    """Note that *job* is done for *period*; return False if it was done before."""
    return insert_new(connection, ledger, {"job": job, "period": period, "at": write_moment(at)})


def counted(connection: Connection) -> Mapping[MessageState, int]:
    """Return how many messages stand in each state."""
    wanted = select(messages.c.state, func.count()).group_by(messages.c.state)
    return {MessageState(state): count for state, count in connection.execute(wanted)}


def last_runs(connection: Connection) -> tuple[tuple[str, str, dt.datetime], ...]:
    """Return for each job its name, the period that it was last done for, and when."""
    wanted = select(ledger).order_by(ledger.c.at, ledger.c.period)
    newest = {row.job: (row.job, row.period, read_moment(row.at)) for row in connection.execute(wanted)}
    return tuple(newest[job] for job in sorted(newest))


_RAN: Final = select(exists().where(ledger.c.job == bindparam("job"), ledger.c.period == bindparam("period")))
_TELL: Final = update(notices).where(notices.c.seq == bindparam("notice")).values(told=1)


def _attach(connection: Connection, message: str, place: int, attachment: Attachment) -> None:
    content = hashlib.sha256(attachment.content).hexdigest()
    insert_new(connection, contents, {"hash": content, "content": attachment.content})
    row = {
        "message": message,
        "place": place,
        "name": attachment.name,
        "mime": attachment.mime,
        "cid": attachment.cid,
        "hash": content,
    }
    connection.execute(insert(attachments).values(row))


def _row(message: Message) -> dict[str, object]:
    return {
        "key": message.key,
        "receiver": message.to,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "state": message.state,
        "tries": message.tries,
        "due": written_or_none(message.due),
        "detail": message.detail,
    }


def _message(row: AnyRow, enclosed: tuple[Attachment, ...]) -> Message:
    return Message(
        key=row.key,
        to=row.receiver,
        subject=row.subject,
        text=row.text,
        html=row.html,
        attachments=enclosed,
        state=MessageState(row.state),
        tries=row.tries,
        due=moment_or_none(row.due),
        detail=row.detail,
    )
