"""A crash while the daemon makes up for the last one."""

from pathlib import Path

import pytest

from sheet_templates.form import FieldKey, FormKey
from tests.support.fuse import Crash, Fuse
from tests.support.planted import RacingWorkbooks
from tests.support.small_company import MO, RAE, small_company
from tests.support.town import Town

CUSTOMER, NOTE = FormKey("customer"), FieldKey("note")


@pytest.mark.parametrize("again", range(8))
def test_a_save_that_was_displaced_is_read_however_often_the_daemon_crashes_before(
    tmp_path: Path, again: int
):
    town = Town(small_company(tmp_path))
    town.adds(RAE, "customer", name="Acme")
    town.settle()
    town = town.twin(workbooks=RacingWorkbooks)
    workbooks = town.workbooks
    assert isinstance(workbooks, RacingWorkbooks)
    row, path = town.at(RAE, "customer", "Acme"), town.path(RAE)
    town.types(RAE, "customer", "Acme", klass="A")  # not his: his file is to be written
    workbooks.races[path] = lambda: workbooks.type_cell(path, CUSTOMER, row, NOTE, "saved meanwhile")
    for acts, after in ((4, True), (again // 2, again % 2 == 1)):
        left = [acts]
        town.start(Fuse(town.store, left, after=after), Fuse(workbooks, left, after=after))
        with pytest.raises(Crash):
            town.settle()
        assert workbooks.displaced or acts != 4, "it did not crash where it was to"
    town.start()
    town.settle()

    assert town.value("customer", "Acme", "note") == "saved meanwhile"
    assert town.shows(MO, "customer", "Acme", "note") == "saved meanwhile"
