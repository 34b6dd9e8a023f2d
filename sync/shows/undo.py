"""What an undo takes back and what stays: a table of values, and the reasons."""

from collections.abc import Iterator
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text as Line

from sync.chosen import UNDO, Act
from sync.shows.voice import Voice
from sync.undo import Kept, Place, Stays, Undoing

_VERSION: Final = 12
_CAUSES: Final = {"opening": "log.opening", "shipped": "log.shipped"}


def undo_lines(voice: Voice, undoing: Undoing) -> Iterator[RenderableType]:
    """Yield whose acts are meant, what goes back, and what stays and why."""
    for act in undoing.acts:
        yield Line(
            voice.say("undo.act", at=voice.moment(act.at), what=act_said(voice, act)), style="bold cyan"
        )
    if undoing.empty:
        yield Line(voice.say("undo.nothing"))
    else:
        yield Line(voice.say("undo.back"), style="bold")
        yield _back(voice, undoing)
    if undoing.kept:
        yield Line(voice.say("undo.stays"), style="bold")
        yield _kept(voice, undoing)
    if undoing.retracted:
        yield Line(voice.say("undo.numbers"), style="dim")


def act_said(voice: Voice, act: Act) -> str:
    """Return which act it is: whose save, an import, or an undo."""
    if act.desk is not None:
        return voice.say("undo.save", desk=voice.desk(act.desk), version=act.cause[:_VERSION])
    if act.cause.startswith(UNDO):
        return voice.say("undo.undo", name=act.cause.removeprefix(UNDO))
    return voice.say(_CAUSES[act.cause]) if act.cause in _CAUSES else act.cause


def _table(voice: Voice, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2), header_style="dim")
    for each in columns:
        table.add_column(voice.say(f"undo.column.{each}"), overflow="fold")
    return table


def _back(voice: Voice, undoing: Undoing) -> Table:
    table = _table(voice, "record", "field", "now", "to")
    for place in undoing.restored:
        table.add_row(_record(voice, place), "", "", Line(voice.say("undo.restored"), style="green"))
    for each in undoing.back:
        form, field = each.address.form, each.address.field
        table.add_row(
            _record(voice, (form, each.address.record)),
            voice.field(form, field),
            voice.value(form, field, each.now),
            Line(voice.value(form, field, each.to), style="green"),
        )
    for place in undoing.retracted:
        table.add_row(_record(voice, place), "", "", Line(voice.say("undo.retracted"), style="green"))
    return table


def _kept(voice: Voice, undoing: Undoing) -> Table:
    table = _table(voice, "record", "field", "why")
    for each in undoing.kept:
        field = "" if each.field is None else voice.field(each.form, each.field)
        why = Line(_why(voice, each), style="yellow")
        table.add_row(_record(voice, (each.form, each.record)), field, why)
    return table


def _record(voice: Voice, place: Place) -> str:
    form, record = place
    return voice.record(form, record) if form in voice.declared.forms else str(form)


def _why(voice: Voice, kept: Kept) -> str:
    if kept.why is Stays.CHANGED and kept.by is not None:
        entry = kept.by
        desk = voice.say("log.itself") if entry.desk is None else voice.desk(entry.desk)
        return voice.say("undo.why.changed", who=desk, at=voice.moment(entry.at))
    if kept.why in (Stays.REFERRED, Stays.WRONG) and not isinstance(kept.said, str):
        return voice.say(f"undo.why.{kept.why.value}", what=kept.said)
    return voice.say(f"undo.why.{kept.why.value}")
