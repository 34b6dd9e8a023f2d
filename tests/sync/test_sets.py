"""Which set of declarations is in force, by what was asked for and counted."""

import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import Record, RecordId, Value
from sync.sets import Marks, in_force, marks_of, may_count

DAY = dt.date(2026, 11, 22)
MARKS = st.sampled_from(["aa", "bb", "cc"])


def asked(base: str, mark: str, *, counted: bool = False, over: bool = False) -> Record:
    marks = Marks(base=base, mark=mark, over=over)
    values: dict[FieldKey, Value] = {
        FieldKey("target"): marks.target,
        FieldKey("wanted"): marks.dump(),
        FieldKey("counted_on"): DAY if counted else None,
    }
    return Record(form=FormKey("setting_change"), id=RecordId("1"), number="ST-1", values=values)


LIMIT = Record(
    form=FormKey("setting_change"),
    id=RecordId("2"),
    number="ST-2",
    values={FieldKey("target"): "limits:7", FieldKey("wanted"): "{}", FieldKey("counted_on"): DAY},
)


def test_the_last_set_that_counted_is_in_force_and_other_settings_are_none():
    assert in_force([LIMIT]) is None
    assert in_force([asked("aa", "bb", counted=True), LIMIT, asked("bb", "cc")]) == "bb"
    assert marks_of(LIMIT) is None
    assert may_count(LIMIT, [])


def test_what_was_signed_over_another_set_than_the_one_in_force_does_not_count():
    first, second = asked("aa", "bb"), asked("aa", "cc")
    assert may_count(first, [first, second])
    assert may_count(second, [first, second])
    assert not may_count(second, [asked("aa", "bb", counted=True), second])
    assert not may_count(asked("aa", "bb", over=True), [])


@given(wishes=st.lists(st.tuples(MARKS, MARKS, st.booleans())))
def test_whatever_is_signed_in_whatever_order_each_set_that_counts_follows_the_one_before(wishes):
    every: list[Record] = []
    for base, mark, over in wishes:
        wish = asked(base, mark, over=over)
        every.append(asked(base, mark, counted=may_count(wish, every), over=over))
    counted = [found for each in every if each["counted_on"] is not None and (found := marks_of(each))]
    assert all(later.base == earlier.mark for earlier, later in pairwise(counted))
    assert in_force(every) == (counted[-1].mark if counted else None)
