"""All that one can see of a store, as one value that can be compared."""

from collections.abc import Iterable
from typing import Any

from sheet_templates.form import DeskKey, FieldKey, FormKey
from sync.edges.store.digest import store_hash
from sync.ports import Hash, RenderId
from tests.support.store_samples import FINANCE, FORMS, WANG

DESKS = (WANG, FINANCE)


def seen(
    store: Any, *, renders: Iterable[str] = ("r1", "r2"), files: Iterable[str] = ("aa", "f1", "f2")
) -> Any:
    """Return what every reading method of *store* says.

    Left out are the numbers by which waiting rows and notices are known: they may differ between stores,
    their order may not.
    """
    truth = store.truth()
    return {
        "hash": store_hash(store),
        "records": {form: tuple(store.every(form)) for form in FORMS},
        "got": [store.get(each.form, each.id) for each in truth.records],
        "numbered": [store.numbered(each.form, each.number) for each in truth.records],
        "held": {
            (form, field, each.id): store.holding(
                FormKey(form), FieldKey(field), each.values.get(FieldKey(field))
            )
            for form, field in (("customer", "name"), ("customer", "owner"), ("order", "customer"))
            for each in truth.records
            if each.form == form
        },
        "journal": tuple(store.journal()),
        "of record": {each.id: tuple(store.journal(each.form, each.id)) for each in truth.records},
        "head": store.head(),
        "runs": [store.run(each.form, each.record) for each in truth.runs],
        "open": tuple(store.open_runs()),
        "decisions": [store.decisions(each.form, each.record) for each in truth.decisions],
        "counts": [store.count(series) for series in ("C", "SO-2026")],
        "files": [store.file(desk) for desk in DESKS],
        "ingested": [store.ingested(Hash(file)) for file in files],
        "latest": [store.latest(desk) for desk in DESKS],
        "bases": [store.base(desk, RenderId(render)) for desk in DESKS for render in renders],
        "delivered": [store.delivered(RenderId(render)) for render in renders],
        "drafts": [store.drafts(desk) for desk in DESKS],
        "problems": [store.problems(), *(store.problems(desk) for desk in DESKS)],
        "conflicts": [store.conflicts(), *(store.conflicts(desk) for desk in DESKS)],
        "nicknames": [
            store.nickname(desk, form, name) for desk in DESKS for form in FORMS for name in ("新1", "新2")
        ],
        "dirty": [[(each.form, each.record) for each in store.dirty(DeskKey(desk))] for desk in DESKS],
        "waiting": store.waiting_desks(),
        "notices": [(each.notify, each.at) for each in store.notices()],
        "messages": store.messages(),
        "ran": [store.ran(job, period) for job in ("report", "digest") for period in ("2026-10", "2026-11")],
    }
