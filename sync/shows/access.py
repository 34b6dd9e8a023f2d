"""Who sees what and why, as `deskbook access` says it, and what left, as `deskbook log --exports` says it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rich.text import Text as Line

from sheet_templates.form import MASTER, Desk, DeskKey, FieldKey
from sheet_templates.shared import SHARING
from sync.access import Kept, Sight
from sync.exports import Export
from sync.sharing import Share
from sync.shows.voice import Voice

Files = Mapping[DeskKey, str]
"""Desk → where its file lies."""

_SCOPES_CLAUSE: Final = "TX-3.1.3"
_FIELDS_CLAUSE: Final = "TX-5.1"
_HASH: Final = 12


def sight_lines(voice: Voice, sights: Iterable[Sight], files: Files, *, by_desk: bool) -> Iterator[Line]:
    """Yield what the *sights* say; *by_desk*: they are all of one desk, which is named once."""
    told: DeskKey | None = None
    for each in sights:
        if not by_desk or told != each.desk.key:
            yield _desk(voice, each.desk, files)
            told = each.desk.key
        yield _form(voice, each)
        yield from (Line(f"      {_share(voice, share)}", style="yellow") for share in each.shares)
        yield from (Line(f"      {_kept(voice, each, kept)}", style="dim") for kept in each.kept if each.seen)


def _desk(voice: Voice, desk: Desk, files: Files) -> Line:
    people = voice.among([voice.person(each) for each in desk.people])
    role = voice.say("master") if desk.role == MASTER else voice.role(desk.role)
    line = Line(voice.desk(desk.key), style="bold")
    return line.append(f"  {role}  {people}  {files.get(desk.key, '')}", style="dim")


def _form(voice: Voice, sight: Sight) -> Line:
    name = sight.form.labels.in_(voice.declared.lang)
    clauses = ", ".join(sight.form.clauses)
    if sight.view is None:
        return Line(f"    {voice.say('access.no_view', form=name, clauses=clauses)}", style="dim")
    said = voice.say(
        "access.view",
        form=name,
        seen=sight.seen,
        of=sight.of,
        fields=len(sight.fields),
        view=sight.view,
        clauses=clauses,
    )
    return Line(f"    {said}", style="green" if sight.seen else "default")


def _share(voice: Voice, share: Share) -> str:
    since = "–" if share.since is None else share.since.isoformat()
    until = "–" if share.until is None else share.until.isoformat()
    reach = voice.value(SHARING, FieldKey("records"), share.reach.value)
    return voice.say(
        "access.scope",
        number=share.number,
        reach=reach,
        since=since,
        until=until,
        reason=share.reason,
        clause=_SCOPES_CLAUSE,
    )


def _kept(voice: Voice, sight: Sight, kept: Kept) -> str:
    name = voice.field(sight.form.key, kept.field)
    if kept.shares:
        said = "; ".join(_share(voice, each) for each in kept.shares)
        return voice.say("access.kept_by_scope", field=name, records=kept.records, scope=said)
    return voice.say("access.kept", field=name, clause=_FIELDS_CLAUSE)


def export_lines(voice: Voice, exports: Iterable[Export]) -> Iterator[Line]:
    """Yield one line for each thing that left."""
    for each in exports:
        people = voice.among([voice.person(person) for person in each.people]) or each.to
        if not people and each.desk is not None:
            people = voice.desk(each.desk)
        what = voice.say(f"exports.{each.what}")
        line = Line(f"{voice.moment(each.at)}  ", style="cyan").append(f"{what} ", style="bold")
        yield line.append(f"{each.name} → {people}  {each.hash[:_HASH]}", style="default")
