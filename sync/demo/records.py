"""The public CRM sample as it is: a company that sells computer hardware, 8,800 opportunities of 2016 and 2017.

Nothing is corrected here: `GTXPro` is not `GTX Pro`, `technolgy` is misspelt, and who has no account has none.
Source: the "CRM Sales Opportunities" sample of the Maven Analytics data playground.
"""

import csv
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "crm"


class Deal(StrEnum):
    """Where an opportunity stands, in the records' words."""

    PROSPECTING = "Prospecting"
    ENGAGING = "Engaging"
    WON = "Won"
    LOST = "Lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One sales agent."""

    name: str
    manager: str
    office: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One customer."""

    name: str
    sector: str
    founded: str
    revenue: Decimal
    """In millions."""
    employees: str
    country: str
    parent: str
    """'' if it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One line of the price list."""

    name: str
    series: str
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """One opportunity."""

    id: str
    agent: str
    product: str
    account: str
    """'' if nobody entered one."""
    stage: Deal
    engaged: dt.date | None
    closed: dt.date | None
    value: Decimal
    """What it was closed at; 0 if it was lost or is open."""

    @property
    def lasted(self) -> dt.timedelta:
        """How long the customer took to decide; nothing if he has not."""
        if self.engaged is None or self.closed is None:
            return dt.timedelta()
        return self.closed - self.engaged


@dataclass(frozen=True, slots=True, kw_only=True)
class Crm:
    """The four files."""

    agents: tuple[Agent, ...]
    accounts: tuple[Account, ...]
    products: tuple[Product, ...]
    opportunities: tuple[Opportunity, ...]


def read_crm(folder: Path = _FOLDER) -> Crm:
    """Read the records. Raises OSError, and KeyError or ValueError if they are not these records."""
    return Crm(
        agents=tuple(
            Agent(name=row["sales_agent"], manager=row["manager"], office=row["regional_office"])
            for row in _rows(folder / "sales_teams.csv")
        ),
        accounts=tuple(
            Account(
                name=row["account"],
                sector=row["sector"],
                founded=row["year_established"],
                revenue=Decimal(row["revenue"]),
                employees=row["employees"],
                country=row["office_location"],
                parent=row["subsidiary_of"],
            )
            for row in _rows(folder / "accounts.csv")
        ),
        products=tuple(
            Product(name=row["product"], series=row["series"], price=Decimal(row["sales_price"]))
            for row in _rows(folder / "products.csv")
        ),
        opportunities=tuple(_opportunity(row) for row in _rows(folder / "sales_pipeline.csv")),
    )


def _opportunity(row: Mapping[str, str]) -> Opportunity:
    return Opportunity(
        id=row["opportunity_id"],
        agent=row["sales_agent"],
        product=row["product"],
        account=row["account"],
        stage=Deal(row["deal_stage"]),
        engaged=_day(row["engage_date"]),
        closed=_day(row["close_date"]),
        value=Decimal(row["close_value"] or 0),
    )


def _day(written: str) -> dt.date | None:
    return dt.date.fromisoformat(written) if written else None


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
