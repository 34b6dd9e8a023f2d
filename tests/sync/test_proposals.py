"""A workbook of which nobody knows what it was made from: looked at, and nothing of it taken. Real files."""

from tests.support.office import Office


def unmarked(office: Office) -> None:
    """Take away all that tells which version Rae's workbook is, as copying its sheets into a new one does."""
    with office.person.book(office.path("Rae")) as book:
        del book.defined_names["_deskbook_render"]
        for name in [each.name for each in book.custom_doc_props.props]:
            del book.custom_doc_props[name]
        book["_deskbook"]["A1"].value = None


def test_a_workbook_whose_marks_are_gone_is_looked_at_and_its_differences_are_listed(office: Office):
    office.types("Rae", "customer", "Acme", phone="555-1111")
    office.settle()
    office.types("Mo", "customer", "Acme", remarks="likes coffee")
    office.settle()
    office.types("Rae", "customer", "Acme", phone="555-1001", remarks="typed without a base")
    office.adds("Rae", "customer", name="Newcomer", phone="555-3333")
    unmarked(office)
    head = office.store.head()
    office.settle()

    acme = office.record("customer", "Acme")
    assert (acme["phone"], acme["remarks"]) == ("555-1111", "likes coffee")
    assert [each["name"] for each in office.every("customer")] == ["Acme", "Coda"]
    note = "\n".join(office.person.noted(office.path("Rae")).values())
    assert "It differs in 2 places" in note
    assert f"{acme.number}, “Remarks”: it says “typed without a base”, “likes coffee” stands" in note
    assert "a row of “Customers” that is no record: Newcomer | 555-3333" in note
    assert "555-1001" not in note, "it stood there once: it is old"
    assert {line.entry.kind for line in office.store.journal(since=head[0])} == {"hold"}


def test_a_workbook_without_marks_that_says_nothing_new_says_so(office: Office):
    unmarked(office)
    office.settle()

    assert "It says nothing that does not stand already" in "\n".join(
        office.person.noted(office.path("Rae")).values()
    )
