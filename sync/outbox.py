"""Delivering what waits in the outbox: once, and where that cannot be known, saying so.

A message is marked `sending` before the mailer gets it and marked again afterwards. One that is found in
`sending` at the beginning was cut short by a crash: whether it left is unknown, so it is not sent again
(RFC 1047), unless the mailer is one with which repeating does no harm.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from sync.ports import Clock, Mailer, Message, MessageState, Sent

Handed = Callable[[Message, dt.datetime], None]
"""Is told of a message that was handed over, and when."""


class Outbox(Protocol):
    """What delivering needs of the store."""

    def messages(self, state: MessageState | None = None) -> tuple[Message, ...]:
        """Return the outbox, or what of it is in *state*, oldest first."""
        ...

    def mark(
        self, key: str, state: MessageState, *, tries: int, due: dt.datetime | None = None, detail: str = ""
    ) -> None:
        """Say where the message *key* stands."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often, and how long, a message that could not leave is tried again."""

    pauses: tuple[dt.timedelta, ...]
    """Between the first tries; the last one is repeated."""
    tries: int
    """After so many the message has failed."""

    def due(self, tries: int, at: dt.datetime) -> dt.datetime | None:
        """Return when to try again after *tries* tries, the last one *at*; None if it is not worth it."""
        if tries >= self.tries:
            return None
        return at + self.pauses[min(tries, len(self.pauses)) - 1]


PATIENCE: Final = Patience(
    pauses=tuple(dt.timedelta(minutes=each) for each in (1, 2, 5, 15, 30, 60)), tries=125
)
"""Five days in all, as RFC 5321, 4.5.4.1 asks for."""

CUT_SHORT: Final = "the delivery was cut short; it may have arrived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of the messages of one round."""

    sent: int = 0
    later: int = 0
    unknown: int = 0
    failed: int = 0

    def __bool__(self) -> bool:
        return self != Delivered()


def deliver_all(
    outbox: Outbox,
    mailer: Mailer,
    clock: Clock,
    limit: int,
    patience: Patience = PATIENCE,
    *,
    handed: Handed | None = None,
) -> Delivered:
    """Deliver what is due, the oldest first and *limit* at most, over one connection; return what became of it.

    *handed*: is told of each message that left, or may have left.

    Never raises because of a server or a message. Only one round may run at a time in a workspace.
    """
    counts = dict.fromkeys(Sent, 0)
    cut_short = outbox.messages(MessageState.SENDING)
    if not mailer.idempotent:
        for message in cut_short:
            outbox.mark(message.key, MessageState.UNKNOWN, tries=message.tries, detail=CUT_SHORT)
        counts[Sent.UNKNOWN] += len(cut_short)
        cut_short = ()
    try:
        for message in _due((*cut_short, *outbox.messages(MessageState.PENDING)), clock.now(), limit):
            counts[_deliver(outbox, mailer, clock, message, patience, handed=handed)] += 1
    finally:
        mailer.close()
    return Delivered(
        sent=counts[Sent.SENT],
        later=counts[Sent.LATER],
        unknown=counts[Sent.UNKNOWN],
        failed=counts[Sent.REFUSED],
    )


def _due(messages: Iterable[Message], now: dt.datetime, limit: int) -> tuple[Message, ...]:
    """Return the first *limit* of *messages* whose time has come."""
    return tuple(each for each in messages if each.due is None or each.due <= now)[:limit]


def _deliver(
    outbox: Outbox,
    mailer: Mailer,
    clock: Clock,
    message: Message,
    patience: Patience,
    *,
    handed: Handed | None,
) -> Sent:
    """Deliver one message and mark what became of it; a message tried too often counts as refused."""
    tries = message.tries + 1
    outbox.mark(message.key, MessageState.SENDING, tries=tries)
    at = clock.now()
    sent, why = mailer.deliver(replace(message, state=MessageState.SENDING, tries=tries), at)
    if handed is not None and sent in (Sent.SENT, Sent.UNKNOWN):
        handed(message, at)
    match sent:
        case Sent.SENT:
            outbox.mark(message.key, MessageState.SENT, tries=tries, detail=why)
        case Sent.UNKNOWN:
            outbox.mark(message.key, MessageState.UNKNOWN, tries=tries, detail=why)
        case Sent.REFUSED:
            outbox.mark(message.key, MessageState.FAILED, tries=tries, detail=why)
        case Sent.LATER:
            due = patience.due(tries, at)
            if due is None:
                outbox.mark(message.key, MessageState.FAILED, tries=tries, detail=why)
                return Sent.REFUSED
            outbox.mark(message.key, MessageState.PENDING, tries=tries, due=due, detail=why)
    return sent
