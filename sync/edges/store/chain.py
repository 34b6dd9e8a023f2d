"""The chain that the journal is: each line's hash covers the line and the hash before it. Pure.

Whoever changes, drops or inserts a line must make all later hashes anew, and the head that was mailed outside
gives him away (design, section 8).
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Protocol

from sheet_templates.form import FormKey
from sheet_templates.record import Problem, RecordId, Text, text
from sheet_templates.value import dump
from sync.edges.store.codec import write, write_moment
from sync.ports import Chained, Entry


class Journal(Protocol):
    """Whatever keeps a journal."""

    def journal(
        self, form: FormKey | None = None, record: RecordId | None = None, since: int = 0
    ) -> Iterable[Chained]:
        """Return its lines, oldest first."""
        ...


def canonical(entry: Entry) -> str:
    """Return *entry* as the text that is hashed: JSON with sorted keys, no spaces."""
    return write(
        {
            "at": write_moment(entry.at),
            "kind": entry.kind,
            "desk": entry.desk,
            "person": entry.person,
            "form": entry.form,
            "record": entry.record,
            "field": entry.field,
            "old": dump(entry.old),
            "new": dump(entry.new),
            "cause": entry.cause,
            "detail": dict(entry.detail),
        }
    )


def link(entry: Entry, previous: str) -> str:
    """Return the hash of *entry* after *previous*: SHA-256 of both, as hex."""
    return hashlib.sha256(f"{previous}\n{canonical(entry)}".encode()).hexdigest()


def chained(entries: Iterable[Entry], head: tuple[int, str]) -> Iterator[Chained]:
    """Yield *entries* as the lines that follow *head*."""
    seq, previous = head
    for entry in entries:
        seq += 1
        hash_ = link(entry, previous)
        yield Chained(seq=seq, entry=entry, previous=previous, hash=hash_)
        previous = hash_


def verify_journal(store: Journal, known: tuple[int, str] | None = None) -> tuple[Problem, ...]:
    """Return what is wrong with *store*'s journal: nothing, or its first broken line.

    *known*: the number of a line, and its hash or how that begins, as it was noted outside
    (`head`). The chain alone cannot tell that its end was cut off, or that all of it was made anew; this can.
    """
    previous, seq = "", 0
    lines = iter(store.journal())
    while True:
        try:
            line = next(lines, None)
        except (ValueError, KeyError, TypeError):
            return (_broken(seq + 1, text("journal.unreadable")),)
        if line is None:
            break
        if line.seq != seq + 1:
            return (_broken(seq + 1, text("journal.missing")),)
        seq = line.seq
        if line.previous != previous or line.hash != link(line.entry, previous):
            return (_broken(seq, text("journal.changed")),)
        if known is not None and known[0] == seq and not line.hash.startswith(known[1]):
            return (_broken(seq, text("journal.made_anew")),)
        previous = line.hash
    if known is not None and known[0] > seq:
        return (_broken(seq + 1, text("journal.missing")),)
    return ()


def _broken(seq: int, why: Text) -> Problem:
    return Problem(what=text("journal.broken", line=seq, why=why), mend=text("journal.broken.mend"), row=seq)
