"""What a journal alone says that the records, runs and decisions are: the oracle for what a store holds.

It knows nothing of the store's tables: each line is carried out on empty dictionaries, and must fit what the
lines before it have made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Any

from sheet_templates.form import NUMBER, Form, FormKey, Source
from sheet_templates.record import RecordId, State, Value
from sync.edges.store.digest import Truth
from sync.ports import Chained, Entry

Place = tuple[FormKey, RecordId]


@dataclass(slots=True, kw_only=True)
class Replayed:
    """What the lines of a journal come to."""

    numbers: dict[Place, str] = made(default_factory=dict)
    states: dict[Place, str] = made(default_factory=dict)
    values: dict[Place, dict[str, Value]] = made(default_factory=dict)
    runs: dict[Place, tuple[str, ...]] = made(default_factory=dict)
    """Chain, round, state and content."""
    decisions: dict[tuple[Any, ...], tuple[Any, ...]] = made(default_factory=dict)

    def line(self, entry: Entry, forms: Mapping[FormKey, Form]) -> None:
        """Carry out one line; what does not fit is an AssertionError."""
        if entry.form is None or entry.record is None:
            return
        place = (entry.form, entry.record)
        match entry.kind:
            case "create":
                assert place not in self.values, f"made twice: {place}"
                self.values[place] = {}
                self.numbers[place] = str(entry.new)
                self.states[place] = _first(forms[entry.form])
            case "change" if entry.field == NUMBER:
                assert self.numbers[place] == entry.old, f"{place} was not called {entry.old}"
                self.numbers[place] = str(entry.new)
            case "change":
                assert entry.field is not None
                before = self.values[place]
                assert before.get(entry.field) == entry.old, f"{place}.{entry.field} was not {entry.old!r}"
                before[entry.field] = entry.new
                if entry.new is None:
                    del before[entry.field]
            case "state":
                assert self.states[place] == entry.old, f"{place} was not {entry.old}"
                self.states[place] = str(entry.new)
            case "run":
                told = entry.detail
                self.runs[place] = (told["chain"], told["round"], str(entry.new), told["content"])
            case "decision" | "void":
                told = entry.detail
                key = (*place, told["round"], told["step"], told["role"], entry.person)
                assert entry.kind == "decision" or key in self.decisions, f"nothing to void: {key}"
                self.decisions[key] = (
                    entry.desk,
                    entry.new,
                    told["opinion"],
                    told["content"],
                    told["grade"],
                    told.get("voided"),
                )


def replay(lines: Iterable[Chained], forms: Mapping[FormKey, Form], onto: Replayed | None = None) -> Replayed:
    """Return what *lines* come to, after what was replayed before."""
    found = onto or Replayed()
    for line in lines:
        found.line(line.entry, forms)
    return found


def held_to_be_true(truth: Truth) -> Replayed:
    """Return what a store holds, in the same shape."""
    found = Replayed()
    for each in truth.records:
        place = (each.form, each.id)
        found.numbers[place] = each.number
        found.states[place] = each.state.value
        found.values[place] = {key: value for key, value in each.values.items() if value is not None}
    for run in truth.runs:
        found.runs[run.form, run.record] = (run.chain, str(run.round), run.state.value, run.content)
    for one in truth.decisions:
        key = (one.form, one.record, str(one.round), one.step, one.role, one.person)
        found.decisions[key] = (
            one.desk,
            one.verdict.value,
            one.opinion,
            one.content,
            one.grade,
            one.voided,
        )
    return found


def differences(one: Replayed, other: Replayed) -> list[str]:
    """Return where two differ, in words."""
    return [
        f"{name} of {key}: {mine.get(key)!r} is not {theirs.get(key)!r}"
        for name in ("numbers", "states", "values", "runs", "decisions")
        for mine, theirs in [(getattr(one, name), getattr(other, name))]
        for key in mine.keys() | theirs.keys()
        if mine.get(key) != theirs.get(key)
    ]


def _first(form: Form) -> str:
    chained = any(field.source is Source.SUBMIT for field in form.fields)
    return (State.DRAFT if chained else State.RECORDED).value
