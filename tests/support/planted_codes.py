"""Engines that take sign-offs for better than they are: one bug each."""

from dataclasses import replace
from typing import Any

from sync.codes import CODE, Act
from sync.declared import Declared
from sync.engine import Engine
from sync.one_time import Kind, Seal
from sync.ports import Commit
from tests.support.witness import RecordingStore


class _Loose(Seal):
    """Codes that, once right for something, are right for everything."""

    def fits(self, sealed: str, kind: Kind, about: str) -> bool:
        right: set[str] = self.__dict__.setdefault("right", set())
        if super().fits(sealed, kind, about):
            right.add(sealed)
        return sealed in right


class _Credulous(Seal):
    """Whatever looks like a code is one."""

    def fits(self, sealed: str, kind: Kind, about: str) -> bool:
        return sealed.startswith("code:")


class _Deaf(Seal):
    """No confirmation can be disowned."""

    def fits(self, sealed: str, kind: Kind, about: str) -> bool:
        return kind is Kind.SIGN and super().fits(sealed, kind, about)


class CodesBoundToNoContent(Engine):
    def __init__(self, **parts: Any) -> None:
        super().__init__(**{**parts, "seal": _Loose(secret=parts["seal"].secret)})


class TakesAnyCode(Engine):
    def __init__(self, **parts: Any) -> None:
        super().__init__(**{**parts, "seal": _Credulous(secret=parts["seal"].secret)})


class HearsNobodyDisown(Engine):
    def __init__(self, **parts: Any) -> None:
        super().__init__(**{**parts, "seal": _Deaf(secret=parts["seal"].secret)})


class ForgetsUsedCodes(RecordingStore):
    def commit(self, commit: Commit) -> None:
        kept = tuple(each for each in commit.entries if (each.kind, each.new) != (CODE, Act.SPENT.value))
        super().commit(replace(commit, entries=kept))


class ConfirmsToNobody(RecordingStore):
    def commit(self, commit: Commit) -> None:
        kept = tuple(each for each in commit.notices if not each.event.startswith(Kind.NOT_ME.value))
        super().commit(replace(commit, notices=kept))


def without_grades(declared: Declared) -> Declared:
    """Let no step demand more than it always does."""
    book = declared.book
    chains = tuple(
        replace(chain, steps=tuple(replace(step, grades={}) for step in chain.steps)) for chain in book.chains
    )
    return replace(declared, book=replace(book, chains=chains))
