"""A random fortnight of a company with the shipped forms on real files and the real store: breadth, not depth.

What must hold is little, and is looked at after every few steps: the journal is whole and tells all that the
store holds, all that was typed is in it, and the engine comes to rest.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from sheet_templates.form import FieldKey, FormKey
from sync.edges.store.chain import verify_journal
from sync.edges.store.sql import SqlStore
from tests.support.office import Office, open_office
from tests.support.replay import differences, held_to_be_true, replay

CUSTOMER, CONTACT = FormKey("customer"), FormKey("contact")
OWN = (("Rae", "Acme"), ("Roy", "Coda"), ("Mo", "Acme"), ("Mo", "Coda"))
TEXTS = ("remarks", "address", "business_scope", "contact_name")
TOKEN = re.compile(r"tok\d{5}")


class Walk:
    """People at real workbooks, in random order."""

    def __init__(self, office: Office, chance: Random, met: Counter[str]) -> None:
        self.office, self.chance, self.met = office, chance, met
        self.typed: set[str] = set()
        self.count = 0
        self.copies: list[tuple[str, bytes]] = []

    def token(self) -> str:
        self.count += 1
        token = f"tok{self.count:05}"
        self.typed.add(token)
        return token

    def step(self) -> None:
        """Let somebody do something, and sometimes the daemon."""
        act = self.chance.choices(
            (
                self.types,
                self.adds,
                self.sorts,
                self.deletes,
                self.copies_a_row,
                self.takes_a_copy_home,
                self.brings_it_back,
                self.pulls_the_plug,
                self.settles,
            ),
            weights=(6, 3, 1, 1, 1, 1, 1, 3, 4),
        )[0]
        act()
        self.met[act.__name__] += 1

    def types(self) -> None:
        desk, name = self.chance.choice(OWN)
        if self.office.has(desk, "customer", name):
            # What he overwrites has been read: who overwrites his own unread work is not lost upon.
            self.settles()
            self.office.types(desk, "customer", name, **{self.chance.choice(TEXTS): self.token()})

    def adds(self) -> None:
        desk, name = self.chance.choice(OWN[:2])
        self.office.adds(desk, "contact", customer=name, content=self.token())

    def sorts(self) -> None:
        desk = self.chance.choice(("Rae", "Roy"))
        form = self.chance.choice((CUSTOMER, CONTACT))
        field = FieldKey("remarks" if form == CUSTOMER else "content")
        self.office.person.sort(self.office.path(desk), form, field, reverse=self.chance.random() < 0.5)

    def deletes(self) -> None:
        self.settles()
        desk, name = self.chance.choice(OWN)
        if self.office.has(desk, "customer", name):
            at = self.office.at(desk, "customer", name)
            self.office.person.delete_row(self.office.path(desk), CUSTOMER, at)

    def copies_a_row(self) -> None:
        desk = self.chance.choice(("Rae", "Roy"))
        rows = [
            row
            for row in self.office.person.rows(self.office.path(desk), CONTACT)
            if row.cells.get(FieldKey("content"))
        ]
        if rows:
            at = self.chance.choice(rows).at
            self.office.person.copy_row(self.office.path(desk), CONTACT, at)

    def takes_a_copy_home(self) -> None:
        desk = self.chance.choice(("Rae", "Roy", "Mo"))
        self.copies.append((desk, self.office.raw(desk)))

    def brings_it_back(self) -> None:
        if self.copies:
            self.settles()
            desk, raw = self.chance.choice(self.copies)
            self.office.person.put_back(self.office.path(desk), raw)

    def pulls_the_plug(self) -> None:
        if self.office.round_cut_off(self.chance.randrange(14), after=self.chance.random() < 0.5):
            self.met["crash"] += 1

    def settles(self) -> None:
        self.office.settle(12)

    def look(self) -> None:
        """Check what must hold when the daemon has nothing to do."""
        self.settles()
        store = self.office.store
        assert isinstance(store, SqlStore)
        assert verify_journal(store) == ()
        told = replay(store.journal(), self.office.declared.forms)
        wrong = differences(told, held_to_be_true(store.truth()))
        assert not wrong, wrong
        heard = {
            each
            for line in store.journal()
            for said in (line.entry.new, line.entry.old, *line.entry.detail.values())
            for each in TOKEN.findall(str(said))
        }
        held = [desk.key for desk in self.office.engine.desks() if self.office.engine.held(desk)]
        assert not held, f"held: {held}"
        assert not self.typed - heard, f"lost: {sorted(self.typed - heard)}"
        before = store.head()
        assert self.office.settle() == 0
        assert store.head() == before


@contextmanager
def walking(root: Path, seed: int, met: Counter[str]) -> Iterator[Walk]:
    """Give a walk in the furnished company at *root*."""
    with open_office(root, f"s{seed % 1000}") as office:
        yield Walk(office, Random(seed), met)


def walk(root: Path, seed: int, steps: int, met: Counter[str]) -> None:
    """Let the company at *root* live through so many steps."""
    with walking(root, seed, met) as here:
        for step in range(1, steps + 1):
            here.step()
            if step % 10 == 0:
                here.look()
        here.look()
