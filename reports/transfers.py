"""The monthly report on transfers: how soon they reached people, and were acknowledged (TX-6.2.1). No I/O."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from reports.books import PEOPLE, Books, Scope, Staff, detail, owned, so_far, staff, word
from reports.grouping import count, grouped
from reports.page import Column, Figure, Figures, Kind, Page, PageCell, Row, Table, Tone, with_total
from reports.period import Period
from reports.timeliness import RECEIPT, Timeliness, is_late, recorded_at, timeliness
from sheet_templates.record import Record, Text, text

_REPLACED: Final = "replaced"
_DETAIL: Final = ("rule", "subject", "owner", "role", "person", "status", "told", "due", "received")


def transfers(books: Books, period: Period, scope: Scope) -> Page:
    """Return the report on what was transferred in the month *period*."""
    people = staff(books)
    now = books.now or dt.datetime.combine(books.today, dt.time.max, tzinfo=books.zone)
    every = owned(books, people, scope, RECEIPT)
    found = timeliness(every, period.start, period.next.start, now)
    before = timeliness(every, period.previous.start, period.start, now)
    mine = _recorded(every, period)
    return Page(
        key="transfers",
        subject=text(
            "reports.transfers.subject",
            period=period.name,
            count=str(len(mine)),
            late=str(sum(each.late for each in found)),
        ),
        title=_say("title"),
        subtitle=period.name,
        period=period,
        blocks=(
            *so_far(books, period),
            _tiles(found, before),
            _by_recipient(books, people, found),
            _by_event(books, mine, now),
            _open(books, people, mine, now),
        ),
        details=(detail(books, scope, RECEIPT, mine, _DETAIL),),
        footnotes=tuple(_say(f"note.{each}") for each in ("counted", "desk", "receipt", "late")),
        clauses=("TX-6.2.1", "TX-4.1", "TX-3.3.2"),
        why=_say("why"),
        made=books.today,
        currency=books.currency,
    )


def _say(name: str) -> Text:
    return text(f"reports.transfers.{name}")


def _recorded(every: Iterable[Record], period: Period) -> tuple[Record, ...]:
    """Return the transfers of *period* that no newer one replaced."""
    dated = ((each, recorded_at(each)) for each in every if each["status"] != _REPLACED)
    return tuple(each for each, at in dated if at is not None and at.date() in period)


def _tiles(now: Sequence[Timeliness], before: Sequence[Timeliness]) -> Figures:
    def tile(name: str, of: str, growth: Tone) -> Figure:
        counted, earlier = (sum(getattr(each, of) for each in found) for found in (now, before))
        numbers = tuple(number for each in now for number in each.numbers) if of == "count" else ()
        return Figure(
            label=_say(name), value=Decimal(counted), before=Decimal(earlier), growth=growth, numbers=numbers
        )

    return Figures(
        figures=(
            tile("count", "count", Tone.PLAIN),
            tile("acknowledged", "acknowledged", Tone.GOOD),
            tile("late", "late", Tone.BAD),
        )
    )


def _by_recipient(books: Books, people: Staff, found: Iterable[Timeliness]) -> Table:
    """Return for each department or person how soon transfers reached and were acknowledged."""
    columns = (
        Column(label=_say("whom")),
        count(_say("count")),
        count(_say("acknowledged")),
        count(_say("late")),
        Column(label=_say("to_desk"), kind=Kind.NUMBER),
        Column(label=_say("to_receipt"), kind=Kind.NUMBER),
    )
    rows = tuple(
        Row(
            cells=(
                _whom(books, people, each.whom),
                Decimal(each.count),
                Decimal(each.acknowledged),
                Decimal(each.late),
                _minutes(each.to_desk),
                _minutes(each.to_receipt),
            ),
            numbers=each.numbers,
            tone=Tone.BAD if each.late else Tone.PLAIN,
        )
        for each in found
    )
    return with_total(Table(title=_say("by_recipient"), columns=columns, rows=rows, empty=_say("none")))


def _by_event(books: Books, found: Iterable[Record], now: dt.datetime) -> Table:
    """Return for each kind of event how many transfers there were, and how many were late."""
    events = books.choices(RECEIPT, "rule")
    columns = (Column(label=_say("event")), count(_say("count")), count(_say("late")))
    rows = tuple(
        Row(
            cells=(events.get(rule, rule), Decimal(len(these)), Decimal(len(_late(these, now)))),
            numbers=tuple(each.number for each in these),
        )
        for rule, these in sorted(grouped(found, lambda each: word(each, "rule")).items())
    )
    return with_total(Table(title=_say("by_event"), columns=columns, rows=rows, empty=_say("none")))


def _open(books: Books, people: Staff, found: Iterable[Record], now: dt.datetime) -> Table:
    """Return what is overdue and was not acknowledged."""
    events = books.choices(RECEIPT, "rule")
    columns = (
        Column(label=text("reports.number")),
        Column(label=_say("event")),
        Column(label=_say("whom")),
        Column(label=_say("due")),
    )
    rows = tuple(
        Row(
            cells=(
                word(each, "subject"),
                events.get(word(each, "rule"), word(each, "rule")),
                _whom(books, people, word(each, "role") or word(each, "person")),
                word(each, "due"),
            ),
            numbers=(each.number,),
            tone=Tone.BAD,
        )
        for each in _late(found, now)
        if each["received"] is None
    )
    return Table(title=_say("open"), columns=columns, rows=rows, empty=_say("none_open"))


def _late(found: Iterable[Record], now: dt.datetime) -> tuple[Record, ...]:
    local = now.replace(tzinfo=None)
    return tuple(each for each in found if is_late(each, local))


def _whom(books: Books, people: Staff, whom: str) -> PageCell:
    return books.choices(PEOPLE, "role").get(whom) or people.name(whom)


def _minutes(found: float | None) -> Decimal | None:
    return None if found is None else Decimal(str(round(found, 1)))
