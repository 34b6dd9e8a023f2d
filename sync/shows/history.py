"""What happened to records: the journal's lines as sentences, with labels, names and clauses."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Final

from rich.text import Text as Line

from rules.rule import AnyRule
from sheet_templates.form import NUMBER, DeskKey, FieldKey, FormKey, Role, Source
from sheet_templates.record import RecordId, State, text
from sync.ports import Entry
from sync.shows.voice import Voice

_RULE: Final = "rule:"
_CAUSES: Final = {"opening": "log.opening", "shipped": "log.shipped"}
"""What nobody's desk caused and no rule either (`sheet_templates.record.Change.cause`)."""
_VERSION: Final = 12
"""So many characters of a kept version's name are enough to find it."""

_UNDONE: Final = "undo"
"""What stands in the journal beside each record that an undo changed: who asked for it."""
_COUNTED: Final = "number"
"""What gives a number says the same as the entry that creates the record."""


def history(voice: Voice, entries: Iterable[Entry]) -> Iterator[Line]:
    """Yield what happened to one record, oldest first: for each moment who acted, then what changed."""
    for together in _acts(entries):
        moment = voice.moment(together[0].at)
        yield Line(f"{moment}  ", style="cyan").append(_actor(voice, together), style="bold")
        yield from changes(voice, together)


def _acts(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Part *entries* by moment and desk; what a rule did belongs to the act that it followed."""
    act: list[Entry] = []
    desk: DeskKey | None = None
    for entry in entries:
        doer = _doer(entry)
        another = doer is not None and desk is not None and doer != desk
        if act and (entry.at != act[0].at or another):
            yield act
            act, desk = [], None
        act.append(entry)
        desk = desk or doer
    if act:
        yield act


def _doer(entry: Entry) -> DeskKey | None:
    """Return the desk that did it. A decision that no longer counts names its signer, who did nothing now."""
    return None if entry.kind == "void" else entry.desk


def changes(voice: Voice, entries: Iterable[Entry]) -> Iterator[Line]:
    """Yield what *entries*, all about one record, changed in it: one line each."""
    together = list(entries)
    decided = any(each.kind == "decision" for each in together)
    for entry in together:
        if entry.kind == _COUNTED or (entry.kind == "sign" and decided):
            continue
        said = _said(voice, entry)
        if said is None:
            continue
        line = Line(f"    {said}")
        cause = _rule(voice, entry.cause)
        yield line.append(f"  · {cause}", style="dim") if cause else line


def by_record(entries: Iterable[Entry]) -> dict[tuple[FormKey, RecordId], list[Entry]]:
    """Return the entries about each record."""
    found: dict[tuple[FormKey, RecordId], list[Entry]] = {}
    for each in entries:
        if each.form is not None and each.record is not None:
            found.setdefault((each.form, each.record), []).append(each)
    return found


def _actor(voice: Voice, entries: list[Entry]) -> str:
    """Return who acted: a person in his desk, a department in its own, or Deskbook by itself."""
    undone = next((each for each in entries if each.kind == _UNDONE), None)
    if undone is not None:
        return voice.say("log.undo", by=undone.detail.get("by", ""), what=_undone(voice, undone))
    entry = next((each for each in entries if _doer(each) is not None), entries[0])
    if entry.desk is None or _doer(entry) is None:
        return voice.say(_CAUSES.get(entry.cause, "log.itself"))
    desk = voice.desk(entry.desk)
    file = next((each.cause for each in entries if _is_version(each.cause)), "")
    where = voice.say("log.version", version=file[:_VERSION]) if file else ""
    if entry.person is None or voice.person(entry.person) == desk:
        return voice.say("log.desk", desk=desk) + where
    return voice.say("log.person", who=voice.person(entry.person), desk=desk) + where


def _undone(voice: Voice, entry: Entry) -> str:
    """Return what an undo took back."""
    cause, desk, since = (entry.detail.get(each, "") for each in ("cause", "desk", "since"))
    if desk and since:
        moment = voice.moment(dt.datetime.fromisoformat(since))
        return voice.say("log.undo.desk", desk=voice.desk(DeskKey(desk)), since=moment)
    return voice.say("log.undo.version", version=cause[:_VERSION]) if _is_version(cause) else cause


def _is_version(cause: str) -> bool:
    return len(cause) > _VERSION and ":" not in cause and cause.isalnum()


def _said(voice: Voice, entry: Entry) -> str | None:  # noqa: C901 — a kind of entry each
    """Return one entry as a sentence; None if it says nothing that another does not say better."""
    form, field = entry.form, entry.field
    assert form is not None
    match entry.kind:
        case "create":
            return voice.say("log.create", number=str(entry.new or ""))
        case "change" | "state" if field is not None:
            return _old_new(voice, form, field, entry)
        case "run" if entry.new == State.SUBMITTED:
            return _submitted(voice, entry)
        case "run" | "undo":
            return None
        case "decision":
            return _decision(voice, form, entry)
        case "void":
            why = voice.said(text(entry.detail["voided"]))
            return voice.say("log.void", decision=_verdict(voice, form, entry), why=why)
        case "draft" | "reject" | "sign" if field is not None:
            typed = voice.value(form, field, entry.new)
            return voice.say(f"log.{entry.kind}", field=voice.field(form, field), typed=typed)
        case "conflict" if field is not None:
            return voice.say(
                "log.conflict",
                field=voice.field(form, field),
                mine=voice.value(form, field, entry.new),
                theirs=voice.value(form, field, entry.old),
            )
        case "pick" if field is not None:
            return voice.say(
                "log.pick",
                field=voice.field(form, field),
                chosen=voice.value(form, field, entry.new),
                other=voice.value(form, field, entry.old),
            )
        case "told" | "received":
            detail = {**entry.detail, "to": told_to(voice, entry.detail["to"])}
            return voice.say(f"log.{entry.kind}", **detail)
        case "confirm" | "dispute" | "code":
            return _evidence(voice, entry)
        case other:
            return voice.say("log.other", kind=other)


def _evidence(voice: Voice, entry: Entry) -> str | None:
    """Return what was done to prove who signed."""
    signer = entry.detail.get("signer") or entry.person
    if signer is None:
        return None
    match entry.kind:
        case "confirm":
            return voice.say("log.confirm", who=voice.person(entry.person or signer))
        case "dispute":
            return voice.say("log.dispute", who=voice.person(signer))
        case _:
            return voice.say(f"log.code.{entry.new}", who=voice.person(signer))


def _submitted(voice: Voice, entry: Entry) -> str:
    said = voice.say("log.submitted", round=entry.detail.get("round", "1"))
    version, clause = entry.detail.get("version", ""), entry.detail.get("clause", "")
    if version:
        rule = f"chain.{entry.detail['chain']}"
        said += voice.say("log.chain", rule=rule, clause=clause, version=version)
    return said


def told_to(voice: Voice, whom: str) -> str:
    """Return to whom something was transferred: departments and people by name."""
    posts = voice.declared.posts
    return voice.among(
        [voice.role(Role(each)) if Role(each) in posts else voice.person(each) for each in whom.split(",")]
    )


def _old_new(voice: Voice, form: FormKey, field: FieldKey, entry: Entry) -> str:
    label = voice.field(form, field)
    new = voice.value(form, field, entry.new)
    if entry.old is None and field != NUMBER:
        return voice.say("log.set", field=label, new=new)
    return voice.say("log.change", field=label, old=voice.value(form, field, entry.old), new=new)


def _decision(voice: Voice, form: FormKey, entry: Entry) -> str:
    said = _verdict(voice, form, entry)
    opinion = entry.detail.get("opinion", "")
    if opinion:
        said += voice.say("log.opinion", opinion=opinion)
    grade = entry.detail.get("grade", "D")
    return said + voice.say("log.grade", grade=grade, meaning=text(f"cli.grade.{grade}"))


def _verdict(voice: Voice, form: FormKey, entry: Entry) -> str:
    """Return who decided what: `Manager's approval, Sales manager (Max): Agree`."""
    step, role = entry.detail.get("step", ""), Role(entry.detail.get("role", ""))
    column = next(
        (
            field
            for field in voice.declared.forms[form].fields
            if field.source is Source.DECISION and (field.step, field.signer) == (step, role)
        ),
        None,
    )
    label = f"{step}, {voice.role(role)}" if column is None else column.labels.in_(voice.declared.lang)
    verdict = str(entry.new) if column is None else voice.value(form, column.key, entry.new)
    who = voice.person(entry.person) if entry.person else voice.role(role)
    return voice.say("log.decision", column=label, who=who, verdict=verdict)


def _rule(voice: Voice, cause: str) -> str:
    """Return which rule did it and which clause it carries out; '' if a person did."""
    if not cause.startswith(_RULE):
        return ""
    name = cause.removeprefix(_RULE)
    if name == "void":  # the entry itself says why
        return ""
    if name == "computed":
        return voice.say("log.computed")
    rule = _found(voice, name)
    if rule is None:
        return voice.say("log.rule", rule=name)
    return voice.say("log.rule_clause", rule=name, clause=rule.clause)


def _found(voice: Voice, name: str) -> AnyRule | None:
    """Return the rule called `chain.order`; a chain also goes by its key alone."""
    kind, _, key = name.rpartition(".")
    return next(
        (
            each
            for each in voice.declared.book.every()
            if each.key == key and (not kind or type(each).__name__.lower() == kind.partition(".")[0])
        ),
        None,
    )
