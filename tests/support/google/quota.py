"""Requests counted by the minute, for each user and for the project."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from tests.support.google.errors import quota_exceeded


@dataclass(slots=True, kw_only=True)
class Quota:
    """How many requests a minute of the emulator's clock may hold; all counters begin anew with each minute.

    The numbers are those that Google documents for the Sheets API; Drive has its own, far larger.
    """

    reads_of_user: int = 60
    writes_of_user: int = 60
    reads: int = 300
    writes: int = 300
    drive_of_user: int = 12_000
    minute: dt.datetime | None = None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, kind: str, mail: str, project: str, now: dt.datetime) -> None:
        """Count one request of *kind* `Read`, `Write` or `Drive`. Raises Answer (429) if it is one too many."""
        minute = now.astimezone(dt.UTC).replace(second=0, microsecond=0)
        if minute != self.minute:
            self.minute, self.counts = minute, Counter()
        own = {"Read": self.reads_of_user, "Write": self.writes_of_user, "Drive": self.drive_of_user}[kind]
        whole = {"Read": self.reads, "Write": self.writes, "Drive": self.drive_of_user * 5}[kind]
        metric = "Queries" if kind == "Drive" else f"{kind} requests"
        service = "drive.googleapis.com" if kind == "Drive" else "sheets.googleapis.com"
        for who, limit, words in (
            (mail, own, f"{metric} per minute per user"),
            ("", whole, f"{metric} per minute"),
        ):
            if self.counts[kind, who] >= limit:
                raise quota_exceeded(metric, words, project, service)
        self.counts[kind, mail] += 1
        self.counts[kind, ""] += 1

    def used(self, kind: str, mail: str) -> int:
        """Requests of *kind* in this minute by *mail*."""
        return self.counts[kind, mail]
