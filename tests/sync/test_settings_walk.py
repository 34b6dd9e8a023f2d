"""Companies at random, with the shipped forms: settings count only when they are signed, transfers are asked for once."""

from collections import Counter
from dataclasses import replace
from functools import cache
from random import Random

import pytest

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import State
from sync.ports import Commit
from tests.support import shipped
from tests.support.memory_store import MemoryStore
from tests.support.whole_town import Walk, WholeTown

MET = (
    *(
        "typed",
        "decided Agree",
        "decided Return",
        "decided Refuse",
        "withdrawn",
        "put off",
        "day",
        "emergency",
    ),
    *("approved", "acknowledged", "copy back"),
)


@cache
def pristine() -> WholeTown:
    return WholeTown(shipped.declared())


class ForgetsReceipts(MemoryStore):
    """Keeps no acknowledgement."""

    def commit(self, commit: Commit) -> None:
        records = tuple(
            replace(each, values={**each.values, FieldKey("status"): "open"})
            if each.form == "receipt" and each["status"] == "received"
            else each
            for each in commit.records
        )
        super().commit(replace(commit, records=records))


class CountsBeforeItIsSigned(MemoryStore):
    """Takes a change of a setting for approved as soon as it is put up."""

    def commit(self, commit: Commit) -> None:
        records = tuple(
            replace(each, state=State.APPROVED)
            if each.form == "setting_change" and each.state is State.SUBMITTED
            else each
            for each in commit.records
        )
        super().commit(replace(commit, records=records))


class TransfersTwice(MemoryStore):
    """Makes two receipts of each."""

    def commit(self, commit: Commit) -> None:
        doubled = tuple(
            replace(each, id=f"{each.id}-again", number=f"{each.number}-2")  # type: ignore[arg-type]
            for each in commit.records
            if each.form == "receipt" and self.get(each.form, each.id) is None
        )
        super().commit(replace(commit, records=(*commit.records, *doubled)))


def walk(store: type[MemoryStore]) -> Counter[str]:
    """Let six companies live on a *store*; return what they came across."""
    met: Counter[str] = Counter()
    for seed in range(6):
        Walk(pristine().twin(store=store), Random(seed), met).go(25)
    return met


@pytest.mark.long
@pytest.mark.parametrize("store", [ForgetsReceipts, CountsBeforeItIsSigned, TransfersTwice])
def test_a_store_that_breaks_it_is_found(store):
    with pytest.raises(AssertionError):
        walk(store)


@pytest.mark.long
def test_settings_that_count_without_a_signature_are_found():
    declared = pristine().declared
    limits = replace(declared.forms[FormKey("limits")], signed=frozenset())
    unsigned = replace(declared, forms={**declared.forms, limits.key: limits})

    with pytest.raises(AssertionError):
        Walk(pristine().twin(unsigned), Random(1), Counter()).go(25)


@pytest.mark.long
def test_whatever_people_do_a_setting_counts_when_it_is_signed_and_each_transfer_is_asked_for_once():
    met = walk(MemoryStore)

    assert [each for each in MET if not met[each]] == []
