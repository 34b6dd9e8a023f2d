"""One-time codes: derived, never kept. What is kept of a code that was typed is a seal, from which nobody reads it.

A code is a MAC over what it stands for (record, round, step, signer, content and how often one was sent), cut to
eight characters. Whoever holds the workspace's secret can say it again, so no store, file or log has to hold
it; whoever does not, cannot guess it within the tries that he has.
"""

import datetime as dt
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from sync.ports import Mailer, Message, Sent

ALPHABET: Final = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""Nothing that looks like something else (0 O, 1 I L), and no vowels: no words, no months, no 2E34."""

LENGTH: Final = 8
"""Characters of a code; the last one checks the others."""

MARKER: Final = "[[code]]"
"""Stands in a message where its code comes in, at the moment in which it leaves."""

_ASKED: Final = frozenset({"?", "NEW", "AGAIN", "RESEND", "重發", "重发", "重寄", "補發", "补发"})
"""What people type to get another code."""


class Kind(StrEnum):
    """What a code is for."""

    SIGN = "sign"
    """To be typed beside a decision."""
    NOT_ME = "not-me"
    """To be typed by whoever did not decide what he is told that he decided."""


class Wish(StrEnum):
    """What else is typed where a code belongs."""

    ASK = "ask"
    """For another code."""
    TYPO = "typo"
    """No code at all: too long, too short, or its last character does not fit the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Makes codes, and what is kept of those that were typed."""

    secret: bytes = field(default=b"", repr=False)
    """Of the workspace. Empty: no code fits."""

    def code(self, kind: Kind, about: str) -> str:
        """Return the code for *about* (`digest`), as it is mailed: `BCDF-2345`."""
        mac = hmac.digest(self.secret, f"{kind.value}\n{about}".encode(), "sha256")
        number = int.from_bytes(mac, "big")
        body = ""
        for _ in range(LENGTH - 1):
            number, digit = divmod(number, len(ALPHABET))
            body += ALPHABET[digit]
        whole = body + _check(body)
        return f"{whole[: LENGTH // 2]}-{whole[LENGTH // 2 :]}"

    def sealed(self, typed: str) -> str:
        """Return what is kept of *typed*: equal texts are kept equal, and say nothing."""
        flat = _flat(typed)
        if flat in _ASKED:
            return Wish.ASK.value
        mark = hmac.digest(self.secret, f"typed\n{flat}".encode(), "sha256").hex()
        return f"code:{mark}" if _whole(flat) else f"{Wish.TYPO.value}:{mark}"

    def fits(self, sealed: str, kind: Kind, about: str) -> bool:
        """Return whether what was typed, *sealed*, is the code for *about*. Takes as long whatever was typed."""
        wanted = self.sealed(self.code(kind, about))
        return hmac.compare_digest(wanted.encode(), sealed.encode()) and bool(self.secret)

    def filled(self, message: Message) -> Message:
        """Return *message* with its code in it, if it is one that carries a code (`key_of`)."""
        found = _KEY.match(message.key)
        if found is None or not self.secret:
            return message
        code = self.code(Kind(found["kind"]), found["about"])
        return replace(
            message, text=message.text.replace(MARKER, code), html=message.html.replace(MARKER, code)
        )


_KEY: Final = re.compile(rf"(?P<kind>{'|'.join(Kind)}):(?P<about>[0-9a-f]{{40}})(\||$)")


def event_of(kind: Kind, about: str) -> str:
    """Return the event that tells of a code; a message's key begins with it, and nobody else's ever does."""
    return f"{kind.value}:{about}"


def digest(*parts: str) -> str:
    """Return what a code stands for as 40 hex digits: other parts, another digest."""
    whole = "".join(f"{len(each.encode())}:{each}," for each in parts)
    return hashlib.sha256(whole.encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """A mailer that puts codes into messages as they leave. Fulfils `sync.ports.Mailer`."""

    mailer: Mailer
    seal: Seal

    @property
    def idempotent(self) -> bool:
        """As the mailer itself."""
        return self.mailer.idempotent

    def deliver(self, message: Message, at: dt.datetime) -> tuple[Sent, str]:
        """Deliver *message* with its code."""
        return self.mailer.deliver(self.seal.filled(message), at)

    def close(self) -> None:
        """Drop the connection."""
        self.mailer.close()


def _flat(typed: str) -> str:
    """Return what was typed without what does not matter: width, case, spaces and dashes."""
    plain = unicodedata.normalize("NFKC", typed).upper().removesuffix(".0")
    return re.sub(r"[\s\-‐-―_.]+", "", plain)


def _whole(flat: str) -> bool:
    """Return whether *flat* is a code that somebody may have been sent."""
    right = len(flat) == LENGTH and set(flat) <= set(ALPHABET)
    return right and _check(flat[:-1]) == flat[-1]


def _check(body: str) -> str:
    """Return the character that checks *body* (Luhn's way, mod 28): one wrong character never goes unseen."""
    size, total, factor = len(ALPHABET), 0, 2
    for each in reversed(body):
        addend = factor * ALPHABET.index(each)
        total += addend // size + addend % size
        factor = 3 - factor
    return ALPHABET[-total % size]
