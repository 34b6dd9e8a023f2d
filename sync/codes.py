"""What became of the one-time codes of a record, as its journal tells it, and what a typed one is worth. Pure.

The journal holds that a code was sent, asked for, typed rightly or wrongly; never the code, nor what was typed.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sheet_templates.form import FormKey, Role
from sheet_templates.record import RecordId, Text, text
from sync.one_time import Kind, Seal, digest
from sync.ports import Entry

CODE: Final = "code"
"""The kind of the journal's entries about codes; what happened is what is new in them."""

_DAY: Final = dt.timedelta(hours=24)


class Act(StrEnum):
    """What may happen to a code."""

    SENT = "sent"
    ASKED = "asked"
    SPENT = "spent"
    """It was typed, and it was right. It is used up, whether the decision beside it counted or not."""
    WRONG = "wrong"
    OLD = "old"
    """One was typed that had been sent, and is worth nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long a code lives, and how often it may be typed and sent: the company's limits."""

    hours: int = 24
    tries: int = 5
    """After so many wrong ones the code is locked."""
    sends: int = 5
    """So many may be sent in 24 hours, for one signature."""

    @classmethod
    def of(cls, limits: Mapping[str, object]) -> "Terms":
        """Return the terms that stand among the company's limits; at least one of each."""
        usual = cls()
        found = {
            name: max(1, int(str(limits.get(f"code_{name}", default)).partition(".")[0] or default))
            for name, default in (("hours", usual.hours), ("tries", usual.tries), ("sends", usual.sends))
        }
        return cls(**found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The signature that a code is for: whose, in which step of which round, on which content."""

    form: FormKey
    record: RecordId
    round: int
    step: str
    role: Role
    person: str
    content: str

    def about(self, n: int) -> str:
        """Return what the *n*-th code that was sent for it stands for."""
        return digest(
            *(
                self.form,
                self.record,
                str(self.round),
                self.step,
                self.role,
                self.person,
                self.content,
                str(n),
            )
        )

    def detail(self, n: int) -> Mapping[str, str]:
        """Return it as an entry of the journal tells it."""
        return {
            "step": self.step,
            "role": self.role,
            "round": str(self.round),
            "signer": self.person,
            "content": self.content,
            "n": str(n),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCode:
    """One code that was sent."""

    n: int
    at: dt.datetime
    round: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a typed code is worth."""

    act: Act
    n: int = 0
    fault: Text | None = None
    """What speaks against it. None: it proves who typed it."""
    locked: bool = False
    """This was one wrong try too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The codes of one signer in one step of a record, in all rounds."""

    sent: tuple[SentCode, ...]
    spent: frozenset[int]
    wrong: int
    """Wrong tries since the last one was sent."""
    asked: bool
    """Another one was asked for since."""

    @classmethod
    def of(cls, entries: Iterable[Entry], signature: Signature) -> "History":
        """Return what *entries*, a record's journal, say of the codes for *signature*'s signer in its step."""
        sent: list[SentCode] = []
        spent: set[int] = set()
        wrong, asked = 0, False
        place = (signature.step, signature.role)
        for each in entries:
            told = each.detail
            if each.kind != CODE or (told["step"], told["role"]) != place:
                continue
            if told["signer"] not in ("", signature.person):
                continue
            match each.new:
                case Act.SENT.value:
                    n, round_ = int(told["n"]), int(told["round"])
                    sent.append(SentCode(n=n, at=each.at, round=round_, content=told["content"]))
                    wrong, asked = 0, False
                case Act.ASKED.value:
                    asked = True
                case Act.SPENT.value:
                    spent.add(int(told["n"]))
                case Act.WRONG.value:
                    wrong += 1
                case _:
                    pass
        return cls(sent=tuple(sent), spent=frozenset(spent), wrong=wrong, asked=asked)

    @property
    def next(self) -> int:
        """The number of the next code."""
        return len(self.sent) + 1

    def judged(self, sealed: str, signature: Signature, seal: Seal, now: dt.datetime, terms: Terms) -> Judged:
        """Return what it is worth that *sealed* was typed for *signature* at *now*."""
        fitting = [each for each in self.sent if seal.fits(sealed, Kind.SIGN, _about(signature, each))]
        if self._locked(terms):
            return Judged(act=Act.OLD, fault=text("sign.code_locked"))
        if not fitting:
            left = terms.tries - self.wrong - 1
            fault = text("sign.code_wrong", left=left) if left else text("sign.code_locked")
            return Judged(act=Act.WRONG, fault=fault, locked=not left)
        found = fitting[-1]
        why = self._against(found, signature, now, terms)
        return Judged(
            act=Act.SPENT if why is None else Act.OLD,
            n=found.n,
            fault=None if why is None else text(why),
        )

    def wanted(self, signature: Signature, now: dt.datetime, terms: Terms) -> bool:
        """Return whether a code is to be sent for *signature* now.

        When it became the signer's turn, when the content changed, when he asked, and when the one that he
        typed is used up and did not count. Never more often than the terms allow.
        """
        if self.exhausted(now, terms):
            return False
        if not self.sent or not _same(self.sent[-1], signature):
            return True
        return self.asked or self.sent[-1].n in self.spent

    def exhausted(self, now: dt.datetime, terms: Terms) -> bool:
        """Return whether as many were sent lately as may be."""
        return sum(dt.timedelta() <= now - each.at < _DAY for each in self.sent) >= terms.sends

    def _locked(self, terms: Terms) -> bool:
        return self.wrong >= terms.tries

    def _against(self, found: SentCode, signature: Signature, now: dt.datetime, terms: Terms) -> str | None:
        if found.n in self.spent:
            return "sign.code_used"
        if not _same(found, signature):
            return "sign.code_changed"
        if found != self.sent[-1]:
            return "sign.code_replaced"
        if now - found.at >= dt.timedelta(hours=terms.hours):
            return "sign.code_late"
        return None


def _same(sent: SentCode, signature: Signature) -> bool:
    """Return whether a code was sent for the very content and round that are up for decision."""
    return (sent.round, sent.content) == (signature.round, signature.content)


def _about(signature: Signature, sent: SentCode) -> str:
    """Return what a code that was sent to the same signer stood for."""
    return Signature(
        form=signature.form,
        record=signature.record,
        round=sent.round,
        step=signature.step,
        role=signature.role,
        person=signature.person,
        content=sent.content,
    ).about(sent.n)
