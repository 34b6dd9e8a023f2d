"""What an undo takes back, and what stays and why. Pure: it decides, `sync.undoing` carries out.

Taken back is only what still stands as the chosen acts left it. What others did on top stays, so does what was
decided and what was numbered; and nothing goes back to what would be wrong today.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from enum import StrEnum
from typing import Final, TypeAlias

from rules.course import SUBMIT
from sheet_templates.form import NUMBER, STATE, FieldKey, Form, FormKey, Source
from sheet_templates.record import Address, Record, RecordId, State, Text, Value
from sync.chosen import Act, computed, follows
from sync.declared import Declared
from sync.past import Past, Takes, past
from sync.ports import Chained, Entry, Store

Place: TypeAlias = tuple[FormKey, RecordId]

TAKES: Final = "takes"
"""In the detail of an undo's entry beside a record: the numbers of the lines that it took back."""

_NOT_TYPED: Final = frozenset({Source.COMPUTED, Source.DECISION, Source.OPINION, Source.CODE})


class Stays(StrEnum):
    """Why something is not taken back."""

    CHANGED = "changed"
    """Somebody changed it since."""
    DECIDED = "decided"
    """A sign-off; whoever gave it takes it back, nobody else."""
    NUMBERED = "numbered"
    """A number once given."""
    REFERRED = "referred"
    """Another record refers to it."""
    WRONG = "wrong"
    """It would be wrong today."""
    GONE = "gone"
    """Its column, its form or its record is not there any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """One value that goes back."""

    address: Address
    now: Value
    to: Value
    lines: tuple[int, ...]
    """The numbers of the journal's lines that are taken back by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Something that stays."""

    form: FormKey
    record: RecordId
    field: FieldKey | None
    """None: the whole record."""
    why: Stays
    by: Entry | None = None
    """What came on top of it."""
    said: Text | str = ""
    """What would be wrong, or what refers to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """All that one undo comes to."""

    acts: tuple[Act, ...]
    back: tuple[Back, ...] = ()
    retracted: tuple[Place, ...] = ()
    """Records that the acts brought in: they do not count any more."""
    restored: Mapping[Place, State] = made(default_factory=dict)
    """Records that the acts had retracted, and how they stand again."""
    kept: tuple[Kept, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is taken back."""
        return not (self.back or self.retracted or self.restored)

    @property
    def brought(self) -> frozenset[Place]:
        """The records that the acts brought in, whether they go or stay."""
        entries = (line.entry for act in self.acts for line in act.lines if line.entry.kind == "create")
        return frozenset(
            (each.form, each.record) for each in entries if each.form is not None and each.record is not None
        )

    @property
    def places(self) -> tuple[Place, ...]:
        """The records that it changes."""
        changed = ((each.address.form, each.address.record) for each in self.back)
        return tuple(dict.fromkeys((*self.restored, *changed, *self.retracted)))


def wish(acts: Sequence[Act], declared: Declared, store: Store) -> Undoing:
    """Return what *acts* would come to without them, whether or not it would be right (`sync.allowed` says that)."""
    by_place: defaultdict[Place, list[Chained]] = defaultdict(list)
    chosen: set[int] = set()
    for act in acts:
        signed = any(line.entry.kind == "decision" for line in act.lines)
        for line in act.lines:
            if line.entry.form is not None and line.entry.record is not None:
                by_place[line.entry.form, line.entry.record].append(line)
            # What followed from a sign-off stays with it.
            if not (signed and follows(line.entry.cause)):
                chosen.add(line.seq)
    wishing = _Wishing(declared, store, frozenset(chosen))
    for place, mine in by_place.items():
        wishing.look(place, mine)
    return Undoing(
        acts=tuple(acts),
        back=tuple(wishing.back),
        retracted=tuple(wishing.retracted),
        restored=wishing.restored,
        kept=tuple(wishing.kept),
    )


class _Wishing:
    """Looks at one record after the other."""

    def __init__(self, declared: Declared, store: Store, chosen: frozenset[int]) -> None:
        self.declared = declared
        self.store = store
        self.chosen = chosen
        self.back: list[Back] = []
        self.retracted: list[Place] = []
        self.restored: dict[Place, State] = {}
        self.kept: list[Kept] = []

    def look(self, place: Place, mine: Sequence[Chained]) -> None:
        """Look at what the chosen lines *mine* did to the record at *place*."""
        record = self.store.get(*place)
        if record is None:
            return
        form = self.declared.forms.get(place[0])
        if form is None:
            self._keep(place, None, Stays.GONE)
            return
        if any(line.entry.kind in ("decision", "void") or self._followed(line) for line in mine):
            self._keep(place, None, Stays.DECIDED)
        mine = [line for line in mine if line.seq in self.chosen]
        history = tuple(self.store.journal(*place))
        came = self._came(mine, history)
        if record.state is State.RETRACTED:
            self._bring_back(place, mine, history)
        elif came is not None:
            self._send_away(record, came, history)
        else:
            for key, lines in _changes(history).items():
                if any(line.seq in self.chosen for line in lines):
                    self._value(record, form, key, past(lines, self.chosen, taken_by(history)))

    def _followed(self, line: Chained) -> bool:
        """Return whether *line* is what a rule did because of a sign-off."""
        entry = line.entry
        told = entry.kind in ("create", "change") and not computed(entry.cause)
        return told and line.seq not in self.chosen

    def _came(self, mine: Sequence[Chained], history: Sequence[Chained]) -> Chained | None:
        """Return the chosen line by which the record came to count, if it does."""
        if any(line.entry.kind == "create" for line in mine):
            return next(line for line in mine if line.entry.kind == "create")
        last = _last_turn(history)
        return last if last is not None and last.seq in self.chosen else None

    def _bring_back(self, place: Place, mine: Sequence[Chained], history: Sequence[Chained]) -> None:
        """Look at a record that does not count: it is to count again if a chosen line is why it does not."""
        last = _last_turn(history)
        if last is not None and last.seq in self.chosen and last.entry.new == State.RETRACTED:
            self.restored[place] = State(str(last.entry.old))
        elif any(line.entry.kind == "change" and not computed(line.entry.cause) for line in mine):
            created = any(line.entry.kind == "create" for line in mine)
            if not created and last is not None and last.entry.new == State.RETRACTED:
                self._keep(place, None, Stays.GONE, by=last.entry)

    def _send_away(self, record: Record, came: Chained, history: Sequence[Chained]) -> None:
        """Look at a record that the chosen acts brought in: it goes, unless more became of it since."""
        place = (record.form, record.id)
        since = [line for line in history if line.seq > came.seq]
        decided = any(each.voided is None for each in self.store.decisions(*place))
        on_top = [
            line
            for lines in _changes(since).values()
            for line in past(lines, self.chosen, taken_by(history)).standing
            if line.seq not in self.chosen and not computed(line.entry.cause)
        ]
        if decided:
            self._keep(place, None, Stays.DECIDED)
        elif on_top:
            self._keep(place, None, Stays.CHANGED, by=max(on_top, key=lambda line: line.seq).entry)
        else:
            self.retracted.append(place)

    def _value(self, record: Record, form: Form, key: FieldKey, was: Past) -> None:
        """Look at one value that the chosen acts changed."""
        place, field = (record.form, record.id), form.field(key)
        standing = [line for line in was.standing if line.seq in self.chosen]
        if not standing or (field is not None and field.source in _NOT_TYPED):
            return
        target, last = was.back(self.chosen), was.last
        now = record.number if key == NUMBER else record.values.get(key)
        if target is None:
            assert last is not None
            self._keep(place, key, Stays.CHANGED, by=last.entry)
        elif key == NUMBER:
            self._keep(place, key, Stays.NUMBERED)
        elif field is None:
            self._keep(place, key, Stays.GONE)
        elif key == SUBMIT and self._is_decided(place):
            self._keep(place, key, Stays.DECIDED)
        elif target[0] != now:
            address = Address(form=record.form, record=record.id, field=key)
            lines = tuple(line.seq for line in was.tail(self.chosen))
            self.back.append(Back(address=address, now=now, to=target[0], lines=lines))

    def _is_decided(self, place: Place) -> bool:
        run = self.store.run(*place)
        ended = run is not None and run.state in (State.APPROVED, State.REFUSED)
        return ended or any(each.voided is None for each in self.store.decisions(*place))

    def _keep(self, place: Place, key: FieldKey | None, why: Stays, *, by: Entry | None = None) -> None:
        kept = Kept(form=place[0], record=place[1], field=key, why=why, by=by)
        if kept not in self.kept:
            self.kept.append(kept)


def _changes(lines: Iterable[Chained]) -> dict[FieldKey, list[Chained]]:
    """Return the changes by field; without those that follow from the others."""
    found: defaultdict[FieldKey, list[Chained]] = defaultdict(list)
    for line in lines:
        entry = line.entry
        if entry.kind == "change" and entry.field is not None and not entry.cause.startswith("rule:computed"):
            found[entry.field].append(line)
    return found


def taken_by(history: Iterable[Chained]) -> Takes:
    """Return which lines each undo of one record took back, as the undo itself has entered it."""
    undos = (line.entry for line in history if line.entry.kind == "undo")
    return {each.cause: frozenset(int(seq) for seq in each.detail.get(TAKES, "").split()) for each in undos}


def _last_turn(history: Iterable[Chained]) -> Chained | None:
    """Return the line by which the record last ceased to count, or came to count again."""
    return max(_turns(history), key=lambda line: line.seq, default=None)


def _turns(history: Iterable[Chained]) -> Iterator[Chained]:
    for line in history:
        entry = line.entry
        if entry.kind == "state" and entry.field == STATE and State.RETRACTED in (entry.old, entry.new):
            yield line
