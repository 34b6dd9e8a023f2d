"""Expense claims that finance should look at twice, each with the reason (IT-5.3.2). No I/O.

A flag is a question, not a verdict: nothing is held up by it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Final

from reports.books import amount, day, word
from reports.grouping import grouped
from reports.period import Period
from reports.written import plain_money
from sheet_templates.record import Record, Text, text

_INVOICES: Final = re.compile(r"[\s,，、;；]+")
_SATURDAY: Final = 5
_ENOUGH: Final = 5
"""Fewer claims than this say nothing about what is usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """One claim and why it stands out."""

    claim: Record
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """From when on an amount stands out."""

    ratio: Decimal
    """Times the median of the person's other claims of the category."""
    large: Decimal
    """Whoever claims it."""


def anomalies(claims: Sequence[Record], period: Period, bar: Bar) -> tuple[Anomaly, ...]:
    """Return what stands out among the claims of *period*, in order of their numbers, each claim once.

    *claims* are all claims that count, of every period and person: they say what is usual, and which invoice
    was handed in before.
    """
    found = (
        *_doubled(claims),
        *_twice(claims),
        *_high(claims, period, bar.ratio),
        *_large(claims, bar.large),
        *_bare(claims),
        *_weekend(claims),
    )
    inside = sorted((each for each in found if day(each.claim, "date") in period), key=_place)
    return tuple(_joined(own) for own in grouped(inside, lambda each: each.claim.id).values())


def _place(anomaly: Anomaly) -> tuple[str, str]:
    return anomaly.claim.number, anomaly.reason.key


def _joined(own: Sequence[Anomaly]) -> Anomaly:
    """Return one claim's anomalies as one."""
    reason = own[0].reason
    for each in own[1:]:
        reason = text("reports.unusual.both", first=reason, second=each.reason)
    return Anomaly(claim=own[0].claim, reason=reason)


def invoices(claim: Record) -> tuple[str, ...]:
    """Return the invoice numbers of *claim*, each once, however they are separated."""
    listed = (each.casefold() for each in _INVOICES.split(word(claim, "invoice_no")) if each)
    return tuple(dict.fromkeys(listed))


def _doubled(claims: Iterable[Record]) -> Iterable[Anomaly]:
    """Yield claims that share an invoice number with another claim, of any person and month."""
    by_invoice: dict[str, list[Record]] = {}
    for claim in claims:
        for invoice in invoices(claim):
            by_invoice.setdefault(invoice, []).append(claim)
    for invoice, sharing in by_invoice.items():
        for claim in sharing:
            others = ", ".join(each.number for each in sharing if each.id != claim.id)
            if others:
                yield Anomaly(
                    claim=claim,
                    reason=text("reports.unusual.invoice", invoice=invoice.upper(), others=others),
                )


def _twice(claims: Iterable[Record]) -> Iterable[Anomaly]:
    """Yield claims of one person that have day, category and amount in common but no invoice to tell them apart."""
    alike = grouped(claims, lambda each: (each["owner"], each["date"], each["category"], each["amount"]))
    for (owner, on, _, spent), sharing in alike.items():
        if owner is None or on is None or spent is None:
            continue
        for claim in sharing:
            others = [each for each in sharing if each.id != claim.id and not _told_apart(claim, each)]
            if others:
                listed = ", ".join(each.number for each in others)
                yield Anomaly(claim=claim, reason=text("reports.unusual.twice", others=listed))


def _told_apart(claim: Record, other: Record) -> bool:
    mine, theirs = invoices(claim), invoices(other)
    return bool(mine) and bool(theirs)


def _high(claims: Iterable[Record], period: Period, ratio: Decimal) -> Iterable[Anomaly]:
    """Yield claims far above what the same person claims for the category, in the year before the period's end."""
    first = period.end.replace(day=1).replace(year=period.end.year - 1)
    recent = (each for each in claims if (on := day(each, "date")) and first <= on <= period.end)
    for (owner, _), alike in grouped(recent, lambda each: (each["owner"], each["category"])).items():
        if owner is None or len(alike) <= _ENOUGH:
            continue
        for claim in alike:
            usual = median(amount(each, "amount") for each in alike if each.id != claim.id)
            if usual > 0 and amount(claim, "amount") > ratio * usual:
                times = amount(claim, "amount") / usual
                yield Anomaly(
                    claim=claim,
                    reason=text("reports.unusual.high", times=f"{times:.1f}", usual=plain_money(usual)),
                )


def _large(claims: Iterable[Record], bar: Decimal) -> Iterable[Anomaly]:
    """Yield claims from the amount on that the company calls large."""
    for claim in claims:
        if amount(claim, "amount") >= bar:
            yield Anomaly(claim=claim, reason=text("reports.unusual.large", bar=plain_money(bar)))


def _bare(claims: Iterable[Record]) -> Iterable[Anomaly]:
    """Yield claims without any voucher (IT-5.2.1)."""
    for claim in claims:
        if not invoices(claim) and not word(claim, "attachments"):
            yield Anomaly(claim=claim, reason=text("reports.unusual.no_voucher"))


def _weekend(claims: Iterable[Record]) -> Iterable[Anomaly]:
    """Yield claims dated on a Saturday or Sunday; who travels does so on weekends too."""
    for claim in claims:
        on = day(claim, "date")
        if on is not None and on.weekday() >= _SATURDAY and word(claim, "category") != "travel":
            yield Anomaly(claim=claim, reason=text("reports.unusual.weekend"))
