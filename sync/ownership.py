"""Who may type where: a change in a field that the desk does not own never gets further. Pure."""

from typing import Final

from rules.saying import joined
from sheet_templates.form import NUMBER, Desk, Field, Form, Role, Source
from sheet_templates.record import Problem, Severity, Text, named, text
from sync.identity import Row
from sync.merge import Edit, RowMerge

_SIGNED: Final = frozenset({Source.SUBMIT, Source.DECISION, Source.OPINION, Source.CODE})


def check(form: Form, desk: Desk, merged: RowMerge) -> tuple[tuple[Edit, ...], tuple[Problem, ...]]:
    """Return the edits that *desk* may make, and a problem for each other one (C4, R14).

    What was typed in somebody else's field stands in the problem; the cell is put back.
    """
    kept: list[Edit] = []
    problems: list[Problem] = []
    if merged.fresh and desk.role not in form.adders:
        return (), _not_addable(form, desk, merged)
    for edit in merged.edits:
        field = form.field(edit.address.field)
        if field is None or (edit.typed.shown is None and merged.fresh):
            continue
        if _is_copied(edit, merged.row) and (_stays_behind(field) or desk.role not in field.owners):
            # Nobody typed it, and neither a number nor a sign-off, nor a request for one, travels with a copy (R9).
            continue
        if field.key == NUMBER and not merged.fresh:
            problems.append(_problem(desk, edit, "ownership.number", ()))
        elif desk.role in field.owners:
            kept.append(edit)
        else:
            problems.append(_problem(desk, edit, "ownership.field", tuple(sorted(field.owners)), field))
    return tuple(kept), tuple(problems)


def _stays_behind(field: Field) -> bool:
    return field.key == NUMBER or field.source in _SIGNED or not field.copies


def _is_copied(edit: Edit, row: Row) -> bool:
    """Return whether a cell holds what stood, or stands, in the row that its row was made from."""
    key, typed = edit.address.field, edit.typed
    shown = typed.value is not None and typed.value == row.copied.get(key)
    return shown or (typed.shown is not None and typed.shown == row.beside.get(key))


def _problem(
    desk: Desk, edit: Edit, key: str, owners: tuple[Role, ...], field: Field | None = None
) -> Problem:
    if owners and field is not None:
        said = _names(owners)
        what, mend = text(key, owners=said, label=named(field.labels)), text(f"{key}.mend", owners=said)
    else:
        key = key if key == "ownership.number" else "ownership.daemon"
        what, mend = text(key), text(f"{key}.mend")
    return Problem(
        what=what,
        mend=mend,
        severity=Severity.NOTICE,
        desk=desk.key,
        form=edit.address.form,
        record=edit.address.record,
        field=edit.address.field,
        row=edit.at,
        value=None if edit.typed.shown is None else str(edit.typed.shown),
    )


def _names(owners: tuple[Role, ...]) -> Text | str:
    return joined(text(f"role.{role}") for role in owners)


def _not_addable(form: Form, desk: Desk, merged: RowMerge) -> tuple[Problem, ...]:
    typed = [str(edit.typed.shown) for edit in merged.edits if edit.typed.shown is not None]
    if not typed:
        return ()
    owners = _names(tuple(sorted(form.adders))) if form.adders else text("role.daemon")
    return (
        Problem(
            what=text("ownership.add", owners=owners),
            mend=text("ownership.add.mend", owners=owners),
            desk=desk.key,
            form=form.key,
            record=merged.row.id,
            row=merged.row.at,
            value=" | ".join(typed),
        ),
    )
