"""An approval chain's declaration, a table, read into its noun; every name in it is checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypedDict

from rules.names import Names
from rules.rule import Adding, Chain, Step
from rules.signing import CODED, GRADES
from rules.turn import LEADER, PEOPLE
from sheet_templates.declaration import Table
from sheet_templates.expression import Expression
from sheet_templates.form import Choice, Field, FieldKey, FieldType, Form, FormKey, Labels, Role
from sheet_templates.record import named, text
from sheet_templates.scope import line_form

_EMPTY: Final = Labels(zh_hant="", zh_hans="", en="")
_MODES: Final = ("all", "any")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReader:
    """Reads approval chains."""

    names: Names
    submit: Labels
    """The name of the requester's column."""
    verdicts: tuple[Choice, ...]
    added: Labels
    """The column in which a signer names whom he adds."""

    def chain(self, key: str, table: Table) -> Chain | None:
        """Read an approval chain."""
        form = self.names.form(table)
        if form is None:
            return None
        declared = table.take_table("steps", needed=True)
        steps = () if declared is None else tuple(self._step(*each, form) for each in declared.tables())
        steps = tuple(self._with_columns(each, steps) for each in steps)
        if form.owner is None:
            table.fault("form", f"{form.key} has no owner: nobody could put its records up for sign-off")
        if not any(each.material for each in form.fields):
            table.fault("form", f"{form.key} has no material field: a sign-off would be about nothing")
        if steps and not any(_always(each) for each in steps):
            table.fault("steps", "one step must be without a condition, or a record could pass by itself")
        if LEADER in self.names.roles and LEADER not in form.views:
            table.fault("form", f"{LEADER} has no view of {form.key}, but a step may go up to there")
        chain = Chain(
            key=key,
            form=form.key,
            clauses=self.names.clauses(table),
            steps=steps,
            show=self._show(table, form, steps),
            once=table.take_flag("once"),
            amount=self._amount(table, form),
            interested=self._interested(table, form),
            stamps=self._stamps(table, form),
            changed_by=self._changed_by(table),
            submit=self.submit,
            verdicts=self.verdicts,
            adding=self._adding() if table.take_flag("adds_signers") else None,
        )
        table.close()
        return chain

    def _adding(self) -> Adding:
        if "role.signer" not in self.names.words:
            return Adding(whom=self.added, decision=_EMPTY, opinion=_EMPTY)
        name = named(self.names.labels(text("role.signer")))
        decision, opinion = (text(f"column.{each}", role=name) for each in ("decision", "opinion"))
        return Adding(
            whom=self.added, decision=self.names.labels(decision), opinion=self.names.labels(opinion)
        )

    def _show(self, table: Table, form: Form, steps: tuple[Step, ...]) -> tuple[FieldKey, ...]:
        """Return what signers are told: each of them what he may see, so that somebody must see each."""
        show = self.names.field_keys(table, "show", form)
        signers = {LEADER, *(role for each in steps for role in each.roles)}
        for key in show:
            field = form.field(key)
            if field is not None and not any(field.read_by(role) for role in signers):
                table.fault("show", f"nobody who signs may see {form.key}.{key}")
        return show

    def _stamps(self, table: Table, form: Form) -> Mapping[FieldKey, Expression]:
        given = table.take_table("stamps")
        stamps: dict[FieldKey, Expression] = {}
        for name in given.entries if given is not None else ():
            assert given is not None
            field, said = form.field(FieldKey(name)), given.take_text(name)
            if field is None or field.computed is not None or field.material:
                given.fault(name, f"{form.key} has no field {name} that can be entered when it is put up")
                continue
            found = self.names.expression(given, name, said, self.names.scope(form), field.type)
            if found is not None:
                stamps[field.key] = found
        return stamps

    def _amount(self, table: Table, form: Form) -> FieldKey | None:
        key = self.names.field_key(table, "amount", form)
        field = form.field(key) if key is not None else None
        if field is not None and field.type is not FieldType.MONEY:
            table.fault("amount", f"{form.key}.{key} is no amount of money")
        return key

    def _interested(self, table: Table, form: Form) -> tuple[FieldKey, ...]:
        keys = self.names.field_keys(table, "interested", form)
        for key in keys:
            field = form.field(key)
            if field is not None and field.type is not FieldType.PERSON:
                table.fault("interested", f"{form.key}.{key} names nobody: it is no person field")
        return keys

    def _changed_by(self, table: Table) -> FormKey | None:
        key = table.find_text("changed_by")
        if key and FormKey(key) not in self.names.forms:
            table.fault("changed_by", f"there is no form {key}")
        return FormKey(key) if key else None

    def _step(self, key: str, table: Table, form: Form) -> Step:
        roles = self.names.role_names(table, "roles")
        for role in roles:
            if role not in form.views:
                table.fault("roles", f"{role} has no view of {form.key}, so it could not sign there")
        if not roles:
            table.fault("roles", "somebody must sign")
        need = _need(table, max(len(roles), 1))
        grade = table.find_text("grade") or "D"
        if grade not in GRADES:
            table.fault("grade", f"must be one of {', '.join(GRADES)}")
        step = Step(
            key=key,
            labels=table.take_labels("labels") or _EMPTY,
            roles=roles,
            need=need,
            when=self.names.condition(table, "when", self.names.scope(form)),
            grade=grade,
            grades=self._grades(table, form, grade),
            only=self._only(table, form, roles),
            must=self._must(table, roles),
            having=self._having(table),
            **self._concerns(table, form, roles),
            agrees_when=self._agrees_when(table, form, key),
        )
        table.close()
        return step

    def _agrees_when(self, table: Table, form: Form, step: str) -> Expression | None:
        found = self.names.condition(table, "agrees_when", self.names.scope(form))
        for end in ("", ".mend") if found is not None else ():
            if f"agrees.{form.key}.{step}{end}" not in self.names.words:
                table.fault(
                    "agrees_when", f"the sentence “agrees.{form.key}.{step}{end}” is missing in words/*.toml"
                )
        return found

    def _only(self, table: Table, form: Form, roles: tuple[Role, ...]) -> Mapping[Role, Expression]:
        given = table.take_table("only")
        only: dict[Role, Expression] = {}
        for name in given.entries if given is not None else ():
            assert given is not None
            if Role(name) not in roles:
                given.fault(name, "does not sign in this step")
            found = self.names.condition(given, name, self.names.scope(form))
            if found is not None:
                only[Role(name)] = found
        return only

    def _grades(self, table: Table, form: Form, weakest: str) -> Mapping[str, Expression]:
        given = table.take_table("grades")
        grades: dict[str, Expression] = {}
        for name in given.entries if given is not None else ():
            assert given is not None
            if name not in GRADES or name >= weakest:
                given.fault(name, f"is no grade of evidence that is stronger than {weakest}")
            found = self.names.condition(given, name, self.names.scope(form))
            if found is not None:
                grades[name] = found
        return grades

    def _must(self, table: Table, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        must = tuple(Role(each) for each in table.take_texts("must"))
        for each in must:
            if each not in roles:
                table.fault("must", f"{each} does not sign in this step")
        return must

    def _having(self, table: Table) -> FieldKey | None:
        key = table.find_text("having")
        people = self.names.forms.get(PEOPLE)
        field = people.field(FieldKey(key)) if people is not None and key else None
        if key and (field is None or field.type is not FieldType.YES_NO):
            table.fault("having", f"{PEOPLE} has no yes/no field {key}")
        return FieldKey(key) if key else None

    def _concerns(self, table: Table, form: Form, roles: tuple[Role, ...]) -> "_Concerns":
        """Return the material fields that a step is about: those declared, else those that its signers see."""
        material = dict(_material(form, self.names.forms))
        declared = table.take_texts("concerns")
        for each in declared:
            if each not in material:
                table.fault("concerns", f"{form.key} has no material field {each}")
        if declared:
            return {"concerns": declared, "sees": {}}
        sees = {
            role: tuple(place for place, field in material.items() if field.read_by(role)) for role in roles
        }
        every = (place for place in material if any(place in seen for seen in sees.values()))
        return {"concerns": tuple(every), "sees": sees}

    def _with_columns(self, step: Step, steps: tuple[Step, ...]) -> Step:
        """Return *step* with the names of its columns; they say the step where a role signs in several."""
        columns: dict[Role, tuple[Labels, Labels]] = {}
        codes: dict[Role, Labels] = {}
        for role in step.roles:
            if f"role.{role}" not in self.names.words:
                continue
            called = self.names.labels(text(f"role.{role}"))
            if sum(role in each.roles for each in steps) > 1:
                called = self.names.labels(
                    text("column.of_step", step=named(step.labels), role=named(called))
                )
            name = named(called)
            columns[role] = (
                self.names.labels(text("column.decision", role=name)),
                self.names.labels(text("column.opinion", role=name)),
            )
            if CODED in {step.grade, *step.grades}:
                codes[role] = self.names.labels(text("column.code", role=name))
        return replace(step, columns=columns, codes=codes)


class _Concerns(TypedDict):
    """What a step and its signers are about, as `Step` has it."""

    concerns: tuple[str, ...]
    sees: Mapping[Role, tuple[str, ...]]


def _always(step: Step) -> bool:
    """Return whether a step is taken whatever the record says."""
    return step.when is None and any(role not in step.only for role in step.roles)


def _need(table: Table, count: int) -> int:
    """Return how many of *count* must agree: a number, or the words for all and for any one."""
    if table.entries.get("need") in _MODES:
        return count if table.take_text("need") == "all" else 1
    need = table.take_whole("need", count)
    if need > count:
        table.fault("need", f"{need} of {count} cannot agree")
    return need


def _material(form: Form, forms: Mapping[FormKey, Form]) -> Iterator[tuple[str, Field]]:
    """Yield the material fields of *form* by key, and those of its lines as `order_line.quantity`."""
    lines = line_form(form, forms)
    for each in form.fields:
        if each.material:
            yield each.key, each
    for each in lines.fields if lines is not None else ():
        assert lines is not None
        if each.material:
            yield f"{lines.key}.{each.key}", each
