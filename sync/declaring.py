"""A company's own forms and rules count once they are signed off; until then the set counts that was in force. Pure.

Files are changed by whoever may write there, and rules decide who signs: so a set of files that differs from the one
in force is asked for, like a limit, in 設定變更申請, with what differs and what it would do. While a company has no
leader yet nobody could sign, and it counts at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from rules.course import SUBMIT
from rules.effect import Notify
from rules.turn import LEADER, PEOPLE
from sheet_templates.form import FieldKey
from sheet_templates.record import Record, State, Text, Value, text
from sync.amendments import amendments, cut
from sync.desks import ADMIN, works
from sync.numbers import by_rule
from sync.sets import COUNTED_ON, Marks, marks_of
from sync.setting import SETTING, enter
from sync.work import Work

RULE: Final = "declared"

_OPEN: Final = frozenset({State.DRAFT, State.SUBMITTED, State.RETURNED, State.VOIDED})
_MOST: Final = 5
"""So many records are named in a sentence; of the others it is said how many they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """Another set of declarations than the one in force."""

    marks: Marks
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    shipped: Mapping[str, bytes]
    """What comes with Deskbook, by the same names."""
    effects: tuple[Text, ...]
    """What it would do to what stands."""


def asked_already(work: Work, marks: Marks) -> bool:
    """Return whether the last request is about this very change: it waits, or people have said what they think."""
    last = _last(work)
    found = marks_of(last) if last is not None else None
    return found == marks and last is not None and last[COUNTED_ON] is None


def ask(work: Work, amendment: Amendment) -> Record:
    """Put *amendment* up for sign-off, in place of what waits."""
    withdraw(work)
    values = {**_asked(work, amendment), SUBMIT: True}
    return enter(work, by_rule(RULE), values)


def at_once(work: Work, amendment: Amendment, *, unsigned: Text | None = None) -> Record:
    """Let *amendment* count without a sign-off, and enter that: the rules tell of it.

    *unsigned*: why nobody signed, though somebody could have; the leaders are told that at once.
    """
    withdraw(work)
    values = {**_asked(work, amendment), COUNTED_ON: work.at.date()}
    if unsigned is not None:
        values |= {FieldKey("emergency"): True, FieldKey("reason"): _say(work, unsigned)}
    return enter(work, by_rule(RULE), values, State.RECORDED)


def withdraw(work: Work) -> None:
    """Withdraw what waits: the files in the folder are no longer those that were asked for."""
    for each in tuple(work.records.every(SETTING)):
        marks = marks_of(each)
        if marks is None or marks.over or each[COUNTED_ON] is not None:
            continue
        values: dict[FieldKey, Value] = {FieldKey("wanted"): replace(marks, over=True).dump()}
        if each.state in _OPEN and each[SUBMIT] is True:
            values[SUBMIT] = None
        work.set(SETTING, each.id, values, by_rule(RULE))


def tell_of_faults(work: Work, mark: str, faults: Iterable[str]) -> None:
    """Let the administrators know that the files in the folder are wrong, and that the set in force goes on."""
    event = f"{RULE}.broken:{mark}"
    work.notices[event] = Notify(
        event=event,
        roles=(ADMIN,),
        urgent=True,
        headline=text("declared.broken"),
        lines=(*(text("declared.fault", fault=each) for each in faults), text("declared.broken.mend")),
        rule=RULE,
        clause="",
    )


def _last(work: Work) -> Record | None:
    found = [each for each in work.records.every(SETTING) if marks_of(each) is not None]
    return found[-1] if found else None


def _asked(work: Work, amendment: Amendment) -> dict[FieldKey, Value]:
    marks = amendment.marks
    lines = [_say(work, each) for each in amendments(amendment.before, amendment.after, amendment.shipped)]
    shown = cut(lines)
    if len(shown) < len(lines):
        shown.append(_say(work, text("declared.more", count=len(lines) - len(shown))))
    effects = [_say(work, _short(each)) for each in amendment.effects]
    values: dict[str, Value] = {
        "what": _say(work, text("declared.what", mark=marks.mark)),
        "change": "\n".join(shown),
        "from_on": work.at.date(),
        "answers": LEADER,
        "effects": "\n".join(cut(effects)) or _say(work, text("setting.effects.none")),
        "owner": _administrator(work),
        "target": marks.target,
        "wanted": marks.dump(),
    }
    return {FieldKey(key): value for key, value in values.items()}


def _administrator(work: Work) -> str | None:
    """Return in whose name it is asked for: files do not tell who changed them, but they are his to keep."""
    people = (each for each in work.records.every(PEOPLE) if each["role"] == ADMIN)
    return next((each.number for each in people if works(each, work.at.date())), None)


def _short(said: Text) -> Text:
    """Return a sentence that names few records instead of all of them."""
    params = dict(said.params)
    names = str(params.get("which", "")).split(", ")
    if len(names) > _MOST:
        params["which"] = text(
            "setting.effects.more", which=", ".join(names[:_MOST]), count=len(names) - _MOST
        )
    return text(said.key, **params)


def _say(work: Work, said: Text) -> str:
    return work.declared.words.say(said, work.declared.lang)
