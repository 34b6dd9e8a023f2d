"""Checks across fields and across forms: what is wrong with a record, in words that say how to mend it. Pure."""

from collections.abc import Iterator

from rules.rule import Book, Check
from rules.saying import said, value_said
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import Field, Form, Source, Stage
from sheet_templates.record import Problem, Severity, State, named, text
from sheet_templates.scope import linked_form


def check(book: Book, context: ExpressionContext, stage: Stage, *, bound: bool = True) -> tuple[Problem, ...]:
    """Return what is wrong with the context's record at *stage*, in declared order.

    SAVE: what must hold for every record, unique fields included. SUBMIT: that, and what must hold before
    sign-off, required fields included. A check that is unknown, because something is empty, passes.

    *bound*: what was approved may only be changed as its chain says (`changed_by`); not where it was, or where the
    past is entered.
    """
    form = context.forms[context.record.form]
    found = [problem for field in form.fields if (problem := _doubled(field, form, context)) is not None]
    if bound:
        found.extend(_changed_by_hand(book, form, context))
    if stage is Stage.SUBMIT:
        found.extend(_missing(field, form, context) for field in form.fields if _is_missing(field, context))
    for each in book.checks:
        made = each.form == context.record.form and (each.on is Stage.SAVE or stage is Stage.SUBMIT)
        applies = made and (each.when is None or each.when.true(context))
        if applies and each.holds.false(context):
            found.append(_problem(each, context))
    return tuple(found)


def _problem(check_: Check, context: ExpressionContext) -> Problem:
    return Problem(
        what=said(check_.what, context),
        mend=said(check_.mend, context),
        severity=check_.severity,
        form=check_.form,
        record=context.record.id,
        field=check_.field,
        rule=f"check.{check_.key}",
        clause=check_.clause,
    )


def _changed_by_hand(book: Book, form: Form, context: ExpressionContext) -> Iterator[Problem]:
    """Yield the material fields that were typed over in an approved record whose changes need a request."""
    record, before = context.record, context.before
    head, chain = before, book.chain(form.key)
    if form.parent is not None:
        link = form.field(form.parent)
        target = linked_form(link) if link is not None else None
        number = (before or record)[form.parent]
        head = context.linked(target, number) if target is not None and isinstance(number, str) else None
        chain = book.chain(target) if target is not None else None
    if chain is None or chain.changed_by is None or head is None or head.state is not State.APPROVED:
        return
    if before is None and form.parent is not None:
        # A line that is new: one thing is wrong with it, not as many as it has cells.
        link = form.field(form.parent)
        assert link is not None, "the loader has seen to it"
        by = named(context.forms[chain.changed_by].labels)
        yield Problem(
            what=text("check.changed_by.line", number=head.number),
            mend=text("check.changed_by.line.mend", form=by),
            severity=Severity.ERROR,
            form=form.key,
            record=record.id,
            field=link.key,
            rule=f"chain.{chain.key}.changed_by",
            clause=chain.clause,
        )
        return
    for field in form.fields:
        was = before[field.key] if before is not None else None
        if field.material and field.source is Source.TYPED and record[field.key] != was:
            by = named(context.forms[chain.changed_by].labels)
            label = named(field.labels)
            yield Problem(
                what=text("check.changed_by", label=label, number=head.number),
                mend=text("check.changed_by.mend", form=by),
                severity=Severity.ERROR,
                form=form.key,
                record=record.id,
                field=field.key,
                rule=f"chain.{chain.key}.changed_by",
                clause=chain.clause,
            )


def _doubled(field: Field, form: Form, context: ExpressionContext) -> Problem | None:
    value, record = context.record[field.key], context.record
    if not field.unique or value is None:
        return None
    others = (each for each in context.holding(form.key, field.key, value) if each.id != record.id)
    other = next(others, None)
    if other is None:
        return None
    label = named(field.labels)
    shown = value_said(field, value, context.forms, context.records)
    return Problem(
        what=text("check.unique", label=label, value=shown, number=other.number),
        mend=text("check.unique.mend", label=label),
        severity=Severity.ERROR,
        form=form.key,
        record=record.id,
        field=field.key,
        rule="check.unique",
        clause=", ".join(form.clauses),
    )


def _is_missing(field: Field, context: ExpressionContext) -> bool:
    return (
        field.required is Stage.SUBMIT and field.source is Source.TYPED and context.record[field.key] is None
    )


def _missing(field: Field, form: Form, context: ExpressionContext) -> Problem:
    label = named(field.labels)
    return Problem(
        what=text("check.required", label=label),
        mend=text("check.required.mend", label=label),
        severity=Severity.ERROR,
        form=form.key,
        record=context.record.id,
        field=field.key,
        rule="check.required",
        clause=", ".join(form.clauses),
    )
