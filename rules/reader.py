"""One rule's declaration, a table, read into its noun; every name in it is checked. `rules.load` reads the files."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from rules.applies_reader import AppliesReader
from rules.chain_reader import ChainReader
from rules.effect import Verdict
from rules.ladder import read_rungs, told_roles
from rules.names import Names, member
from rules.rule import (
    Chain,
    Check,
    Creation,
    Every,
    Reminder,
    Setting,
    Split,
    Told,
    Transfer,
)
from rules.turn import MANAGER
from sheet_templates.declaration import Table
from sheet_templates.expression import Expression, Scope
from sheet_templates.form import Choice, FieldKey, FieldType, Form, FormKey, Labels, Role, Stage
from sheet_templates.record import Severity
from sheet_templates.scope import linked_form

_PERSONAL: Final = frozenset({Role("rep"), MANAGER})
"""Whom the expressions under `people` give: the record's owner and his superior."""
_EMPTY: Final = Labels(zh_hant="", zh_hans="", en="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the columns of every chain are called, and what a decision column offers."""

    submit: Labels
    verdicts: tuple[Choice, ...]
    added: Labels
    """The column in which a signer names whom he adds."""

    @classmethod
    def read(cls, table: Table) -> Self:
        """Read `columns.toml`."""
        submit, offered = table.take_labels("submit"), table.take_table("verdicts", needed=True)
        added = table.take_labels("added")
        verdicts: list[Choice] = []
        for verdict in Verdict:
            labels = offered.take_labels(verdict.value) if offered is not None else None
            verdicts.append(Choice(key=verdict.value, labels=labels or _EMPTY))
        if offered is not None:
            offered.close()
        table.close()
        return cls(submit=submit or _EMPTY, verdicts=tuple(verdicts), added=added or _EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads rules, kind by kind."""

    names: Names
    columns: Columns

    def check(self, key: str, table: Table) -> Check | None:
        """Read a check."""
        form = self.names.form(table)
        if form is None:
            return None
        scope = self.names.scope(form, before=True)
        holds, when = self.names.needed(table, "holds", scope), self.names.condition(table, "when", scope)
        shown = self.names.shown(table, scope)
        check = Check(
            key=key,
            form=form.key,
            clauses=self.names.clauses(table),
            holds=holds,
            when=when,
            field=self.names.field_key(table, "field", form),
            severity=member(table, "severity", Severity, Severity.ERROR),
            on=member(table, "on", Stage, Stage.SAVE),
            what=self.names.sentence(table, f"check.{key}", scope, shown),
            mend=self.names.sentence(table, f"check.{key}.mend", scope, shown),
        )
        if check.on is Stage.NEVER:
            table.fault("on", "must be save or submit")
        table.close()
        return check

    def chain(self, key: str, table: Table) -> Chain | None:
        """Read an approval chain."""
        columns = self.columns
        reader = ChainReader(
            names=self.names, submit=columns.submit, verdicts=columns.verdicts, added=columns.added
        )
        return reader.chain(key, table)

    def transfer(self, key: str, table: Table) -> Transfer | None:
        """Read a transfer."""
        form = self.names.form(table)
        if form is None:
            return None
        scope = self.names.scope(form, before=True)
        created, sets = table.take_table("creates"), table.take_table("sets")
        creates = () if created is None else tuple(self._creation(*each, scope) for each in created.tables())
        applies = AppliesReader(names=self.names).applies(table, form)
        silent = not {"tell", "people"} & table.entries.keys() and bool(creates or sets or applies)
        transfer = Transfer(
            key=key,
            form=form.key,
            clauses=self.names.clauses(table),
            when=self.names.needed(table, "when", scope),
            told=None if silent else self._told(table, f"transfer.{key}", form, scope),
            creates=creates,
            applies=applies,
            split=self._split(table, scope, creates),
            sets=() if sets is None else tuple(self._settings(sets, form, scope)),
            acknowledge=table.take_flag("acknowledge"),
            within=self.names.optional(table, "within", scope, FieldType.NUMBER),
            optional=self.names.role_names(table, "optional"),
        )
        for role in transfer.optional:
            if transfer.told is None or role not in transfer.told.roles:
                table.fault("optional", f"{role} is not told anyway")
        table.close()
        return transfer

    def reminder(self, key: str, table: Table) -> Reminder | None:
        """Read a reminder."""
        form = self.names.form(table)
        if form is None:
            return None
        turn = table.take_flag("turn")
        scope = self.names.scope(form, turn=turn)
        rungs = read_rungs(self.names, table, form, scope)
        reminder = Reminder(
            key=key,
            form=form.key,
            clauses=self.names.clauses(table),
            due=self.names.needed(table, "due", scope, FieldType.DATE),
            unless=self.names.condition(table, "unless", scope),
            every=member(table, "every", Every, Every.ONCE),
            told=self._told(table, f"reminder.{key}", form, scope, turn=turn, above=told_roles(rungs)),
            rungs=rungs,
            turn=turn,
        )
        table.close()
        return reminder

    def _told(
        self,
        table: Table,
        key: str,
        form: Form,
        scope: Scope,
        *,
        turn: bool = False,
        above: frozenset[Role] = frozenset(),
    ) -> Told:
        people = tuple(
            found
            for text in table.take_texts("people")
            if (found := self.names.expression(table, "people", text, scope, FieldType.PERSON)) is not None
        )
        roles = self.names.role_names(table, "tell")
        if not (people or roles or turn):
            table.fault("tell", "somebody must be told (tell, people)")
        headline = self.names.sentence(table, key, scope, self.names.shown(table, scope))
        show = self.names.field_keys(table, "show", form)
        readers = {*roles, *(_PERSONAL & form.views.keys() if people or turn else ())}
        readers |= above & form.views.keys()
        said = (each.field.key for each in headline.blanks.values() if each.field in form.fields)
        told = [field for each in dict.fromkeys((*show, *said)) if (field := form.field(each)) is not None]
        self.names.readable(table, "show", form, told, readers)
        return Told(
            roles=roles,
            people=people,
            headline=headline,
            show=show,
            urgent=table.take_flag("urgent"),
            show_lines=table.take_flag("show_lines"),
        )

    def _creation(self, key: str, table: Table, scope: Scope) -> Creation:
        form = self.names.form(table)
        given = table.take_table("values", needed=True)
        values: dict[FieldKey, Expression] = {}
        for name in given.entries if given is not None and form is not None else ():
            assert given is not None
            assert form is not None
            field, text = form.field(FieldKey(name)), given.take_text(name)
            if field is None:
                given.fault(name, f"{form.key} has no such field")
                continue
            found = self.names.expression(given, name, text, scope, field.type)
            if found is not None:
                values[field.key] = found
        creation = Creation(
            key=key,
            form=FormKey("") if form is None else form.key,
            values=values,
            when=self.names.condition(table, "when", scope),
            share=self.names.optional(table, "share", scope, FieldType.PERCENT),
            each_time=table.take_flag("each_time"),
        )
        table.close()
        return creation

    def _split(self, table: Table, scope: Scope, creates: tuple[Creation, ...]) -> Split | None:
        split = table.take_table("split")
        if split is None:
            return None
        field, of = FieldKey(split.take_text("field")), self.names.needed(split, "of", scope, FieldType.MONEY)
        split.close()
        for each in creates:
            form = self.names.forms.get(each.form)
            found = form.field(field) if form is not None else None
            if found is None or found.type is not FieldType.MONEY:
                split.fault("field", f"{each.form} has no money field {field}")
        if not creates or any(each.share is None for each in creates[:-1]):
            split.fault("", "each of `creates` but the last needs a share; the last one takes what is left")
        if creates and (creates[-1].share is not None or creates[-1].when is not None):
            split.fault("", "the last of `creates` takes what is left: it has neither share nor condition")
        return Split(field=field, of=of)

    def _settings(self, table: Table, form: Form, scope: Scope) -> Iterable[Setting]:
        for path in table.entries:
            text = table.take_text(path)
            link, key, target = None, path, form
            if path.startswith("link."):
                _, link, key = (*path.split(".", 2), "")[:3]
                field = form.field(FieldKey(link))
                linked = linked_form(field) if field is not None else None
                if linked is None:
                    table.fault(path, f"{form.key} has no link {link}")
                    continue
                target = self.names.forms[linked]
            found = target.field(FieldKey(key))
            if found is None or found.computed is not None:
                table.fault(path, f"{target.key} has no field {key} that can be set")
                continue
            value = self.names.expression(table, path, text, scope, found.type)
            if value is not None:
                yield Setting(link=FieldKey(link) if link else None, field=found.key, value=value)
