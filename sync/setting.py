"""Settings that decide over money or sign-off: what is typed there is asked for, and counts once it is signed. Pure.

A form says which of its fields those are (`signed`), and whether rows may come and go by themselves (`signed_rows`).
What is typed there becomes a record of 設定變更申請, put up for sign-off at once; the old value stays in force until
that is signed and its day has come. While a company has no leader yet nobody could sign: then values count at once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from rules.course import SUBMIT
from rules.effect import Notify
from rules.rule import Book
from rules.saying import value_said
from rules.turn import LEADER, PEOPLE
from sheet_templates.form import Desk, DeskKey, Field, FieldKey, Form, FormKey
from sheet_templates.record import Record, RecordId, State, Text, Value, named, text
from sheet_templates.value import dump, undump
from sync.desks import ADMIN
from sync.numbers import by_rule, first_state, next_number
from sync.overlay import with_values
from sync.retract import desks_of, retract
from sync.sets import may_count
from sync.whatif import WhatIf
from sync.work import Author, Work, derived_id

SETTING: Final = FormKey("setting_change")
LIMITS: Final = FormKey("limits")
VALUE: Final = FieldKey("value")
CLAUSE: Final = "TX-3.4.2"

_OPEN: Final = frozenset({State.DRAFT, State.SUBMITTED, State.RETURNED, State.VOIDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants of one row of a settings form."""

    form: Form
    record: RecordId
    before: Record | None
    """None: it is a new row."""
    values: Mapping[FieldKey, Value]
    """The fields that are to change; of a new row all of them."""
    gone: bool = False
    """The row is to be withdrawn."""

    @property
    def target(self) -> str:
        """The row, as a request names it."""
        return f"{self.form.key}:{self.record}"


def signed_fields(book: Book, form: Form) -> frozenset[FieldKey]:
    """Return the fields of *form* of which a change is signed off: those that make somebody a signer included."""
    if form.key != PEOPLE or not form.signed:
        return form.signed
    having = (step.having for chain in book.chains for step in chain.steps)
    return form.signed | {each for each in having if each is not None}


def must_ask(work: Work) -> bool:
    """Return whether settings are signed off: as soon as there is a leader, or was one."""
    if SETTING not in work.declared.forms or work.declared.book.chain(SETTING) is None:
        return False
    return any(each["role"] == LEADER for each in work.store.every(PEOPLE))


def ask(work: Work, desk: Desk, author: Author, wish: Wish) -> Record:
    """Put *wish* up for sign-off, unless it is already.

    What waits of the same row is withdrawn, and asked for again together with it: a row is signed as a whole.
    """
    earlier = [each for each in work.records.every(SETTING) if each["target"] == wish.target]
    waits = wish_of(work, earlier[-1]) if earlier and earlier[-1].state in _OPEN else None
    if waits is not None and not (wish.gone or waits.gone or wish.before is None):
        wish = replace(wish, values={**waits.values, **wish.values})
    if earlier and _same(earlier[-1], wish) and (wish.before is None or earlier[-1].state in _OPEN):
        return earlier[-1]
    for each in earlier:
        if each.state in _OPEN and each[SUBMIT] is True:
            work.set(SETTING, each.id, {SUBMIT: None}, author)
    values = {**_asked(work, wish, desk.key), SUBMIT: True, FieldKey("owner"): _who(desk, author)}
    return enter(work, author, values)


def enter(work: Work, author: Author, values: Mapping[FieldKey, Value], state: State | None = None) -> Record:
    """Make the record of a request about the row or thing that *values* name as its target."""
    form, target = work.declared.forms[SETTING], values[FieldKey("target")]
    count = sum(each["target"] == target for each in work.records.every(SETTING))
    record = derived_id(f"{SETTING}:{target}:{count}")
    blank = Record(form=SETTING, id=record, number="", state=state or first_state(form))
    series, n, given = next_number(work, form)
    made = work.put(replace(with_values(blank, values), number=given), author)
    work.numbered(made, series, n, author)
    return made


def at_once(work: Work, wish: Wish, reason: str) -> Record:
    """Let *wish* count without a sign-off, and enter that: the rules tell the company's leader at once."""
    values: dict[str, Value] = {"reason": reason, "emergency": True, "counted_on": work.at.date()}
    said = {**_asked(work, wish, None), **{FieldKey(key): value for key, value in values.items()}}
    asked = enter(work, by_rule("setting.emergency"), said, State.RECORDED)
    work.set(wish.form.key, wish.record, wish.values, _author(asked))
    return asked


def first(work: Work, wish: Wish) -> None:
    """Tell the administrator that a setting counts although nobody has signed it: there is no leader yet."""
    event = f"setting.first:{wish.target}:{work.at.isoformat()}"
    work.notices[event] = Notify(
        event=event,
        roles=(ADMIN,),
        headline=text("setting.first", what=_what(wish)),
        lines=tuple(_changes(work, wish)),
        rule="setting",
        clause=CLAUSE,
    )


def counts(work: Work, place: tuple[FormKey, RecordId]) -> bool:
    """Carry out what was asked, if the record at *place* asks for it, is signed, and its day has come."""
    asked = work.records.get(*place) if place[0] == SETTING else None
    if asked is None or asked.state is not State.APPROVED or asked["counted_on"] is not None:
        return False
    since = asked["from_on"]
    # A date compares with a date only: what else stands there was never taken.
    if since is not None and str(since) > work.at.date().isoformat():
        return False
    if not may_count(asked, work.records.every(SETTING)):
        _overtaken(work, asked)
        return False
    _carry_out(work, asked)
    work.set(SETTING, asked.id, {FieldKey("counted_on"): work.at.date()}, _author(asked))
    return True


def _overtaken(work: Work, asked: Record) -> None:
    """Tell that what was signed does not count, because something else came into force since it was asked for."""
    event = f"setting.overtaken:{asked.id}"
    work.notices[event] = Notify(
        event=event,
        roles=(ADMIN, LEADER),
        headline=text("setting.overtaken", number=asked.number, what=str(asked["what"])),
        form=SETTING,
        record=asked.id,
        rule="setting",
        clause=CLAUSE,
    )


def wish_of(work: Work, asked: Record) -> Wish | None:
    """Return what a request wants; None if its form is no longer there."""
    key, _, record = str(asked["target"]).partition(":")
    form = work.declared.forms.get(FormKey(key))
    if form is None:
        return None
    kept: dict[str, Any] = json.loads(str(asked["wanted"]))
    return Wish(
        form=form,
        record=RecordId(record),
        before=work.records.get(form.key, RecordId(record)),
        values={FieldKey(name): undump(value) for name, value in kept["values"].items()},
        gone=bool(kept["gone"]),
    )


def _carry_out(work: Work, asked: Record) -> None:
    wish = wish_of(work, asked)
    if wish is None:
        return
    kept: dict[str, Any] = json.loads(str(asked["wanted"]))
    # Who asked for a row may ask that it goes: it is entered as his.
    author = replace(_author(asked), desk=kept["desk"] if wish.before is None else None)
    standing = wish.before is not None and wish.before.state is not State.RETRACTED
    if wish.gone:
        if standing:
            retract(work, wish.form.key, wish.record, author)
    elif wish.before is not None:
        # What somebody withdrew in the meantime stays so.
        if standing:
            work.set(wish.form.key, wish.record, wish.values, author)
    else:
        _begin(work, wish, author)


def _begin(work: Work, wish: Wish, author: Author) -> None:
    """Make the row that was asked for; it stood in its desk as it was typed."""
    blank = Record(form=wish.form.key, id=wish.record, number="", state=first_state(wish.form))
    series, n, given = next_number(work, wish.form)
    made = work.put(replace(with_values(blank, wish.values), number=given), author)
    work.numbered(made, series, n, author)
    for desk in desks_of(work):
        for address in work.store.drafts(desk):
            if (address.form, address.record) == (made.form, made.id):
                work.undrafted.add((desk, address))


def _asked(work: Work, wish: Wish, desk: DeskKey | None) -> dict[FieldKey, Value]:
    limit = work.declared.limits.get(str(wish.before["key"])) if wish.before is not None else None
    kept = {
        "desk": desk,
        "gone": wish.gone,
        "values": {key: dump(value) for key, value in wish.values.items()},
    }
    values: dict[str, Value] = {
        "what": _say(work, _what(wish)),
        "change": "\n".join(_say(work, each) for each in _changes(work, wish)),
        "from_on": work.at.date(),
        "answers": limit.owner if limit is not None and wish.form.key == LIMITS else LEADER,
        "effects": "\n".join(_say(work, each) for each in _effects(work, wish)),
        "target": wish.target,
        "wanted": json.dumps(kept, ensure_ascii=False, sort_keys=True),
    }
    return {FieldKey(key): value for key, value in values.items()}


def _effects(work: Work, wish: Wish) -> tuple[Text, ...]:
    """Return what it would do; of a row that goes, and of what nothing is known, nothing."""
    blank = Record(form=wish.form.key, id=wish.record, number="")
    after = with_values(wish.before or blank, wish.values)
    return () if wish.gone else WhatIf(work=work, after=after, before=wish.before).said()


def _what(wish: Wish) -> Text:
    """Return which row it is: its number, and how people call it."""
    title = wish.form.title or FieldKey("")
    form = named(wish.form.labels)
    if wish.before is None:
        return text("setting.what_new", form=form, name=str(wish.values.get(title) or ""))
    name = f"{wish.before.number} {wish.before[title] or ''}".strip()
    return text("setting.what", form=form, name=name)


def _changes(work: Work, wish: Wish) -> list[Text]:
    if wish.gone:
        assert wish.before is not None
        shown = [
            _line(work, field, wish.before[field.key]) for field in _typed(wish.form, wish.before.values)
        ]
        return [text("setting.gone"), *shown]
    if wish.before is None:
        return [_line(work, field, wish.values[field.key]) for field in _typed(wish.form, wish.values)]
    return [
        text(
            "setting.line",
            label=named(field.labels),
            old=_said(work, field, wish.before[field.key]),
            new=_said(work, field, wish.values[field.key]),
        )
        for field in _typed(wish.form, wish.values)
    ]


def _line(work: Work, field: Field, value: Value) -> Text:
    return text("rule.line", label=named(field.labels), value=_said(work, field, value))


def _typed(form: Form, values: Mapping[FieldKey, Value]) -> tuple[Field, ...]:
    return tuple(each for each in form.fields if each.key in values)


def _said(work: Work, field: Field, value: Value) -> Any:
    return value_said(field, value, work.declared.forms, work.records)


def _say(work: Work, said: Text) -> str:
    return work.declared.words.say(said, work.declared.lang)


def _same(asked: Record, wish: Wish) -> bool:
    """Return whether a request wants what *wish* wants."""
    kept: dict[str, Any] = json.loads(str(asked["wanted"]))
    wanted = {key: dump(value) for key, value in wish.values.items()}
    return bool(kept["gone"]) is wish.gone and {**kept["values"], **wanted} == kept["values"]


def _who(desk: Desk, author: Author) -> str | None:
    """Return who asks: a department's people are one person here, none of whom may sign."""
    return author.person or (desk.people[0] if desk.people else None)


def _author(asked: Record) -> Author:
    return by_rule(f"setting.{asked.number}")
