"""Rows that somebody deletes or empties: what is withdrawn by that, what comes back, and what is told. Real files."""

import pytest

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import State
from sync.chosen import Choice, acts
from sync.undoing import Asked
from tests.support.office import Office
from tests.support.papers import ordered

pytestmark = pytest.mark.long


CONTACT, LEAD, EXPENSE = FormKey("contact"), FormKey("lead"), FormKey("expense")
LINE = FormKey("quotation_line")


def logged(office: Office, content: str = "asked for a price") -> str:
    """Let Rae note a call; return its number."""
    office.adds("Rae", "contact", customer="Acme", on="2026-10-20", how="Phone", content=content)
    office.settle()
    return office.every("contact")[-1].number


def deletes(office: Office, form: str, named: str, desk: str = "Rae") -> None:
    office.person.delete_row(office.path(desk), FormKey(form), office.at(desk, form, named))


def empties(office: Office, form: str, named: str, desk: str = "Rae") -> None:
    row = office.row(desk, form, named)
    emptied = {key: None for key, cell in row.cells.items() if cell is not None and key != "_mark"}
    office.person.type_cells(office.path(desk), FormKey(form), row.at, emptied)


def told(office: Office, desk: str) -> list[str]:
    return office.problems(office.desk(desk).key)


def state(office: Office, form: str, number: str) -> State:
    found = office.store.numbered(FormKey(form), number)
    assert found is not None
    return found.state


@pytest.mark.parametrize("gone", [deletes, empties])
def test_a_row_of_ones_own_that_is_deleted_or_emptied_is_withdrawn_and_told_once(office: Office, gone):
    number = logged(office)
    assert office.has("Mo", "contact", number)
    gone(office, "contact", number)
    office.settle()

    assert state(office, "contact", number) is State.RETRACTED
    assert not any(office.has(desk, "contact", number) for desk in ("Rae", "Mo", "master"))
    assert told(office, "Rae") == ["merge.withdrawn"]
    assert f"{number} is withdrawn" in office.hints("Rae")
    assert "deskbook undo" in office.hints("Rae")
    assert told(office, "Mo") == []
    kept = office.store.numbered(CONTACT, number)
    assert kept is not None
    assert kept["content"] == "asked for a price"

    office.types("Rae", "customer", "Acme", remarks="likes wine")
    office.settle()
    office.types("Rae", "customer", "Acme", remarks="likes beer")
    office.settle()
    assert told(office, "Rae") == []


def test_an_undo_brings_a_withdrawn_record_back_and_the_old_copy_does_not_withdraw_it_again(office: Office):
    number = logged(office)
    deletes(office, "contact", number)
    office.opens("Rae")
    office.settle()
    assert state(office, "contact", number) is State.RETRACTED
    save = [each.cause for each in acts(office.store.journal()) if each.desk is not None][-1]

    office.engine.undo(Asked(name="first", by="wang", choice=Choice(cause=save[:12])))
    office.types("Rae", "customer", "Acme", remarks="typed while the row was not back yet")
    office.settle()
    assert state(office, "contact", number) is State.RECORDED
    office.closes("Rae")
    office.settle()

    assert office.shows("Rae", "contact", number, "content") == "asked for a price"
    assert office.shows("Mo", "contact", number, "content") == "asked for a price"


def test_a_deletion_that_is_taken_back_in_the_same_session_restores_the_record(office: Office):
    number = logged(office)
    before = office.raw("Rae")
    office.opens("Rae")
    office.types("Rae", "customer", "Acme", remarks="first")
    office.settle()
    deletes(office, "contact", number)
    office.settle()
    assert state(office, "contact", number) is State.RETRACTED

    office.place("Rae").write_bytes(before)
    office.types("Rae", "customer", "Acme", remarks="undone, and typed on")
    office.settle()
    assert state(office, "contact", number) is State.RECORDED
    office.closes("Rae")
    office.settle()
    assert office.has("Mo", "contact", number)


def test_a_withdrawn_record_leaves_the_other_copies_of_its_desk(office: Office):
    number = logged(office)
    home = office.raw("Rae")
    deletes(office, "contact", number)
    office.settle()
    office.place("Rae").write_bytes(home)
    office.types("Rae", "customer", "Acme", remarks="typed at home")
    office.settle()

    assert state(office, "contact", number) is State.RETRACTED
    assert not office.has("Rae", "contact", number)
    assert office.value("customer", "Acme", "remarks") == "typed at home"


def test_what_is_typed_into_a_withdrawn_record_is_told_and_kept_in_the_journal(office: Office):
    number = logged(office)
    office.opens("Mo")
    deletes(office, "contact", number)
    office.settle()
    office.types("Mo", "contact", number, content="asked for two")
    office.closes("Mo")
    office.settle()

    assert state(office, "contact", number) is State.RETRACTED
    assert told(office, "Mo") == ["merge.retracted"]
    assert "asked for two" in office.journal("reject")
    assert not office.has("Mo", "contact", number)


def test_who_changed_a_row_that_was_deleted_elsewhere_is_told_with_what_and_when(office: Office):
    number = logged(office)
    office.opens("Rae")
    office.types("Mo", "contact", number, content="asked for a big price")
    office.settle()
    deletes(office, "contact", number)
    office.closes("Rae")
    office.settle()

    assert state(office, "contact", number) is State.RECORDED
    check = office.check("Rae", "contact", number)
    assert "Mo changed “What was said” from “asked for a price” to “asked for a big price” on 10-26" in check
    assert office.shows("Rae", "contact", number, "content") == "asked for a big price"


def test_what_others_typed_in_a_row_before_keeps_it_too(office: Office):
    office.adds("Rae", "lead", title="Fair", source="Trade show", found_on="2026-10-20")
    office.settle()
    number = office.every("lead")[0].number
    office.types("Mo", "lead", number, owner="Rae")
    office.settle()
    deletes(office, "lead", number)
    office.settle()

    assert told(office, "Rae") == ["merge.missing.changed"]
    assert office.has("Rae", "lead", number)


def test_the_notice_of_a_form_that_does_not_allow_it_says_who_changed_the_row(office: Office):
    office.opens("Rae")
    office.types("Mo", "customer", "Acme", remarks="likes coffee")
    office.settle()
    deletes(office, "customer", "Acme")
    office.closes("Rae")
    office.settle()

    assert "Mo changed “Remarks” from “likes tea” to “likes coffee”" in office.check(
        "Rae", "customer", "Acme"
    )
    deletes(office, "customer", "Acme")
    office.settle()
    assert "merge.missing" in told(office, "Rae")
    assert office.has("Rae", "customer", "Acme")


def test_what_somebody_else_entered_is_not_withdrawn(office: Office):
    office.adds("Roy", "contact", customer="Coda", on="2026-10-20", how="Phone", content="asked")
    office.settle()
    number = office.every("contact")[-1].number
    deletes(office, "contact", number, "Mo")
    office.settle()

    assert told(office, "Mo") == ["merge.missing.others"]
    assert office.has("Mo", "contact", number)


def test_what_waits_for_a_sign_off_is_not_withdrawn_and_what_does_not_wait_any_more_is(office: Office):
    claim = {"date": "2026-10-20", "category": "Travel", "description": "Train", "amount": 50}
    office.adds("Rae", "expense", **claim, attachments="a.pdf", invoice_no="12345678", submit=True)
    office.settle()
    number = office.every("expense")[0].number
    deletes(office, "expense", number)
    office.settle()
    assert state(office, "expense", number) is State.SUBMITTED
    assert told(office, "Rae") == ["merge.missing.signed"]

    office.types("Rae", "expense", number, submit=None)
    office.settle()
    deletes(office, "expense", number)
    office.settle()
    assert state(office, "expense", number) is State.RETRACTED


def quoted(office: Office) -> str:
    """Let Rae quote a pump; return the quotation's number."""
    office.adds("Rae", "quotation", customer="Acme", number="new1")
    office.adds("Rae", "quotation_line", quotation="new1", product="Pump", quantity=2, unit_price=4821)
    office.settle()
    return office.every("quotation")[0].number


def test_what_others_refer_to_stays_until_they_go_with_it(office: Office):
    number = quoted(office)
    deletes(office, "quotation", number)
    office.settle()
    assert told(office, "Rae") == ["merge.missing.referred"]
    line = office.every("quotation_line")[0].number
    assert line in office.check("Rae", "quotation", number)

    deletes(office, "quotation", number)
    deletes(office, "quotation_line", line)
    office.settle()
    assert (state(office, "quotation", number), state(office, "quotation_line", line)) == (
        State.RETRACTED,
    ) * 2


def test_a_line_that_goes_takes_its_share_of_the_total_along(office: Office):
    number = quoted(office)
    office.adds("Rae", "quotation_line", quotation=number, product="Valve", quantity=1, unit_price=50)
    office.settle()
    line = office.every("quotation_line")[-1].number
    before = office.value("quotation", number, "total")
    deletes(office, "quotation_line", line)
    office.settle()

    assert state(office, "quotation_line", line) is State.RETRACTED
    assert (before, office.value("quotation", number, "total")) == (9692, 9642)


def test_a_line_of_what_is_up_for_sign_off_stays(office: Office):
    number = quoted(office)
    office.types("Rae", "quotation", number, submit=True)
    office.settle()
    line = office.every("quotation_line")[0].number
    assert state(office, "quotation", number) is State.SUBMITTED
    deletes(office, "quotation_line", line)
    office.settle()

    assert told(office, "Rae") == ["merge.missing.signed"]


def test_a_row_that_is_cut_and_pasted_into_another_sheet_is_put_back_and_the_other_is_a_row_of_its_own(
    office: Office,
):
    number = logged(office)
    row = office.row("Rae", "contact", number)
    assert row.id is not None
    empties(office, "contact", number)
    path = office.path("Rae")
    with office.person.sheet(path, LEAD) as sheet:
        at = sheet.max_row + 1
        sheet.cell(row=at, column=1).value = row.id
        for column, cell in enumerate((number, "Acme", "asked for a price"), start=3):
            sheet.cell(row=at, column=column).value = cell
    office.settle()

    assert state(office, "contact", number) is State.RECORDED
    assert office.shows("Rae", "contact", number, "content") == "asked for a price"
    assert "merge.missing.moved" in told(office, "Rae")
    assert office.store.get(LEAD, row.id) is None
    pasted = [each for each in office.person.rows(path, LEAD) if each.at == at]
    assert pasted[0].id != row.id


def test_a_row_whose_hidden_mark_was_cut_off_is_not_withdrawn(office: Office):
    number = logged(office)
    row = office.row("Rae", "contact", number)
    with office.person.sheet(office.path("Rae"), CONTACT) as sheet:
        sheet.cell(row=row.at, column=1).value = None
    office.settle()

    assert state(office, "contact", number) is State.RECORDED
    assert "merge.missing.moved" in told(office, "Rae")


def test_a_save_that_is_looked_at_again_withdraws_nothing_more(office: Office):
    number = logged(office)
    office.opens("Rae")
    deletes(office, "contact", number)
    office.settle()
    save = [each.cause for each in acts(office.store.journal()) if each.desk is not None][-1]
    office.engine.undo(Asked(name="first", by="wang", choice=Choice(cause=save)))
    office.engine.reread(office.desk("Rae"))

    assert state(office, "contact", number) is State.RECORDED


@pytest.mark.parametrize("form", ["contact", "customer"])
def test_what_is_typed_into_a_row_that_was_emptied_is_a_new_record(office: Office, form: str):
    number = logged(office) if form == "contact" else office.record("customer", "Acme").number
    office.opens("Rae")
    at = office.at("Rae", form, number)
    empties(office, form, number)
    office.settle()
    cells = {"customer": "Acme", "on": "2026-10-25", "how": "Visit", "content": "wrote to them"}
    typed = cells if form == "contact" else {"name": "Newcomer", "phone": "555-9999"}
    values = {FieldKey(key): value for key, value in typed.items()}
    office.person.type_cells(office.path("Rae"), FormKey(form), at, values)
    office.closes("Rae")
    office.settle()

    old, new = office.store.numbered(FormKey(form), number), office.every(form)[-1]
    assert old is not None
    assert (old.state, new.number != number) == (
        State.RETRACTED if form == "contact" else State.RECORDED,
        True,
    )
    assert {key: new[key] for key in ("content", "phone") if new[key]} == {
        key: value for key, value in typed.items() if key in ("content", "phone")
    }
    assert form == "contact" or old["phone"] == "555-1001"
    assert form == "contact" or office.shows("Rae", form, number, "phone") == "555-1001"


def test_two_withdrawals_in_one_save_are_one_change_each_in_the_journal(office: Office):
    first, second = logged(office), logged(office, "asked again")
    deletes(office, "contact", first)
    deletes(office, "contact", second)
    office.settle()

    withdrawn = [
        (line.entry.desk, line.entry.old, line.entry.new)
        for line in office.store.journal()
        if line.entry.kind == "state" and line.entry.field == FieldKey("state") and line.entry.form == CONTACT
    ]
    assert withdrawn == [(office.desk("Rae").key, "recorded", "retracted")] * 2


def test_a_line_of_an_approved_order_stays_and_it_is_said_how_it_is_taken_out(office: Office):
    number = ordered(office)
    line = office.every("order_line")[0].number
    deletes(office, "order_line", line)
    office.settle()

    assert state(office, "order_line", line) is State.RECORDED
    assert office.record("order", number)["total"] == office.record("order", number)["period_total"]
    assert office.has("Rae", "order_line", line)
    assert told(office, "Rae") == ["merge.missing.approved"]
    assert f"It belongs to {number}, which is approved" in office.check("Rae", "order_line", line)
    assert "by a request only" in office.check("Rae", "order_line", line)

    # Nor is one added: that is one thing to mend, whatever stands in its cells.
    office.adds("Rae", "order_line", order=number, product="Valve", quantity=3)
    office.settle()
    assert len(office.every("order_line")) == 1
    assert told(office, "Rae").count("check.changed_by.line") == 1
    assert not {*told(office, "Rae")} & {"check.changed_by", "check.required"}
    deletes(office, "order", number)
    office.settle()
    assert state(office, "order", number) is State.APPROVED
    assert "merge.missing" in told(office, "Rae")
