"""What LibreOffice and Deskbook leave of each other's work when they write the same file in turn."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.clients.conftest import SitsDown
from tests.support.office import Office
from tests.support.seat import HEADER

pytestmark = pytest.mark.client

YELLOW = 0xFFFF00
OWN = "My notes"


def renders(place: Path) -> set[str]:
    """Return the render's id as the file says it, in each of its three places."""
    book = openpyxl.load_workbook(place)
    said = {each.name: each.value for each in book.custom_doc_props.props}
    named = book.defined_names["_deskbook_render"].attr_text
    return {str(said["deskbook_render"]), str(named).strip('"'), str(book["_deskbook"]["A1"].value)}


def but_for_the_render(look: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a sheet looks, but for the mark of the version that it was written as."""
    seen = dict(look)
    for told, name in (("properties", "deskbook_render"), ("names", "_deskbook_render")):
        seen[told] = {key: value for key, value in look[told].items() if key != name}
        assert len(seen[told]) == len(look[told]) - 1
    return seen


def parts(place: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(place) as package:
        return {each: package.read(each) for each in package.namelist()}


def said_in(table: bytes) -> set[bytes]:
    """Return the texts in a table of shared ones."""
    return {*re.findall(rb"<t(?: [^>]*)?>([^<]+)</t>", table)}


def test_what_makes_a_file_a_desk_survives_a_save_by_libreoffice(office: Office, sits: SitsDown):
    key = office.desk("Rae").key
    rae = sits("Rae")
    made = rae.opened.look("Customers")
    assert renders(office.place("Rae")) == {office.store.latest(key)}
    columns, rows = made["frozen"]
    assert [at for at in range(1, columns + 1) if at not in made["hidden columns"]] == [3], "the number"
    assert (rows, made["hidden rows"]) == (HEADER, [1])
    assert rae.column("customer", "_id") in made["hidden columns"]
    assert "_deskbook" in made["hidden sheets"]
    assert made["conditions"]
    source = rae.column("customer", "source") - 1
    assert "Trade show" in made["choices"][source]
    rae.types("customer", "Acme", source="Trade show")
    rae.leaves()

    assert renders(office.place("Rae")) == {office.store.latest(key)}, "LibreOffice kept what it is known by"
    office.types("Mo", "customer", "Acme", **{"class": "A important"})
    office.settle()
    assert renders(office.place("Rae")) == {office.store.latest(key)}, "and Deskbook wrote into it anew"
    rae = sits("Rae")
    assert but_for_the_render(rae.opened.look("Customers")) == but_for_the_render(made)
    for field, shown in (("source", "Trade show"), ("class", "A important")):
        assert rae.shown("customer", "Acme", field) == shown


def test_what_people_add_in_libreoffice_stays_as_they_left_it(office: Office, sits: SitsDown):
    rae = sits("Rae")
    at = rae.at("customer", "Borneo")
    rae.opened.comment("Customers", rae.cell("customer", at, "phone"), "ask again in May")
    rae.opened.paint("Customers", rae.cell("customer", at, "name"), YELLOW)
    rae.opened.type("Customers", f"AP{HEADER}", "Stars")
    rae.opened.type("Customers", f"AP{at}", "=2+3")
    rae.opened.add_sheet(OWN)
    for cell, said in (
        ("A1", "month"),
        ("B1", "calls"),
        ("A2", "May"),
        ("B2", "7"),
        ("A3", "June"),
        ("B3", "9"),
    ):
        rae.opened.type(OWN, cell, said)
    rae.opened.type(OWN, "B4", "=SUM(B2:B3)+Customers.AP5")
    rae.opened.chart(OWN, "A1:B3")
    rae.opened.filter("Customers", rae.column("customer", "industry"), "mining")
    rae.types("customer", "Borneo", remarks="decorated")
    rae.opened.save()
    left = {sheet: rae.opened.look(sheet) for sheet in ("Customers", OWN)}
    rae.opened.close()
    saved = parts(office.place("Rae"))
    assert left["Customers"]["comments"] == {str(at): "ask again in May"}
    assert left["Customers"]["colours"][f"{at},{rae.column('customer', 'name')}"] == YELLOW
    assert len(left[OWN]["charts"]) == 1

    office.types("Mo", "customer", "Borneo", **{"class": "A important"})
    office.adds("Mo", "customer", name="Kyoto")
    office.types("Mo", "customer", "Kyoto", owner="Rae")
    office.settle()

    assert office.value("customer", "Borneo", "remarks") == "decorated"
    written = parts(office.place("Rae"))
    assert written.keys() == saved.keys()
    theirs = [
        each
        for each in saved
        if any(part in each for part in ("chart", "drawing", "comment", "styles", "theme", "app"))
    ]
    assert len(theirs) >= 6
    assert [each for each in theirs if written[each] != saved[each]] == []
    strings = "xl/sharedStrings.xml"
    assert said_in(written[strings]) <= said_in(saved[strings]), (
        "texts that no cell shows may go, and that is all"
    )

    rae = sits("Rae")
    assert rae.shown("customer", "Borneo", "class") == "A important"
    assert rae.at("customer", "Kyoto") > at
    assert rae.opened.shown("Customers", f"AP{at}") == "5"
    assert rae.opened.shown(OWN, "B4") == "21"
    seen = {sheet: rae.opened.look(sheet) for sheet in ("Customers", OWN)}
    for sheet, was in left.items():
        assert but_for_the_render(seen[sheet]) == but_for_the_render(was)
    assert office.problems() == []


def test_a_row_that_deskbook_adds_to_a_file_of_libreoffices_looks_and_helps_like_the_others(
    office: Office, sits: SitsDown
):
    """Drop-downs, formats and red marks reach the rows that come after."""
    rae = sits("Rae")
    rae.types("customer", "Acme", first_contact_on="10/26/2026", revenue="1250")
    rae.leaves()
    office.adds("Mo", "customer", name="Kyoto", revenue="about a million")
    office.types("Mo", "customer", "Kyoto", owner="Rae", revenue=None)
    office.settle()
    rae = sits("Rae")
    rae.types("customer", "Kyoto", first_contact_on="10/27/2026", revenue="2500", likelihood="lots")
    rae.leaves()
    office.settle()

    rae = sits("Rae")
    for field, shown in (("first_contact_on", "2026-10-27"), ("revenue", "2,500.00"), ("likelihood", "lots")):
        assert rae.shown("customer", "Kyoto", field) == shown
    assert rae.shown("customer", "Acme", "revenue") == "1,250.00"
    assert rae.shown("customer", "Kyoto", "_mark") == ",likelihood,"
    assert office.problems(office.desk("Rae").key) == ["number.not_a_number"]
