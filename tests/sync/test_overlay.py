"""An overlay answers as a plain dictionary of records would; what lies below is never touched."""

from hypothesis import given
from hypothesis import strategies as st

from sheet_templates.form import FieldKey, FieldType, FormKey
from sheet_templates.record import Record, RecordId
from sync.overlay import Overlay, with_values
from tests.support.small import Shelf, field, form

ORDER = form(
    "order", field("name", unique=True), field("buyer", FieldType.LINK, link="customer"), field("note")
)
CUSTOMER = form("customer", field("name", unique=True))
FORMS = {each.key: each for each in (ORDER, CUSTOMER)}
KEYS = [FieldKey("name"), FieldKey("buyer")]

NAMES = st.sampled_from([None, "Acme", "ＡＣＭＥ", "acme ", "Beta"])
RECORDS = st.builds(
    lambda id_, name, buyer: Record(
        form=ORDER.key,
        id=RecordId(id_),
        number=f"N-{id_}",
        values={k: v for k, v in zip(KEYS, (name, buyer), strict=True) if v is not None},
    ),
    st.sampled_from("abcd"),
    NAMES,
    st.sampled_from([None, "CU-1", "CU-2"]),
)


@given(below=st.lists(RECORDS, max_size=4), puts=st.lists(RECORDS, max_size=6))
def test_an_overlay_answers_as_a_dictionary_would(below, puts):
    shelf = Shelf(*below)
    plain = shelf.put(*puts)
    overlay = Overlay(shelf, FORMS)
    for each in puts:
        overlay.put(each)

    assert [each.id for each in overlay.every(ORDER.key)] == [each.id for each in plain.every(ORDER.key)]
    assert list(overlay.every(ORDER.key)) == list(plain.every(ORDER.key))
    for id_ in "abcd":
        assert overlay.get(ORDER.key, RecordId(id_)) == plain.get(ORDER.key, RecordId(id_))
        assert overlay.below(ORDER.key, RecordId(id_)) == shelf.get(ORDER.key, RecordId(id_))
        assert overlay.numbered(ORDER.key, f"N-{id_}") == plain.numbered(ORDER.key, f"N-{id_}")
    for key, value in ((KEYS[0], "Acme"), (KEYS[0], "beta"), (KEYS[1], "CU-1"), (KEYS[1], "CU-9")):
        found, expected = overlay.holding(ORDER.key, key, value), plain.holding(ORDER.key, key, value)
        assert {each.id: each for each in found} == {each.id: each for each in expected}
        assert len(found) == len(expected)
    assert {each.id: each for each in overlay.changed()} == {each.id: each for each in puts}
    assert list(shelf.every(ORDER.key)) == list(Shelf(*below).every(ORDER.key))


def test_forms_are_kept_apart():
    overlay = Overlay(Shelf(), FORMS)
    overlay.put(Record(form=ORDER.key, id=RecordId("a"), number="N-1", values={KEYS[0]: "Acme"}))

    assert overlay.numbered(CUSTOMER.key, "N-1") is None
    assert overlay.get(CUSTOMER.key, RecordId("a")) is None
    assert overlay.holding(CUSTOMER.key, KEYS[0], "Acme") == ()
    assert list(overlay.every(FormKey("customer"))) == []


def test_an_empty_value_takes_a_field_out():
    before = Record(form=ORDER.key, id=RecordId("a"), number="N-1", values={KEYS[0]: "Acme", KEYS[1]: "CU-1"})

    after = with_values(before, {KEYS[0]: None, FieldKey("note"): "x"})

    assert after.values == {"buyer": "CU-1", "note": "x"}
    assert before.values == {"name": "Acme", "buyer": "CU-1"}
