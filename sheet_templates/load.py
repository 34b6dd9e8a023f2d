"""The only reader of form and limit declarations: TOML files to Forms and Limits, or one error with all faults."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sheet_templates.declaration import DeclarationError, Table, read_table
from sheet_templates.form import Form, FormKey, Labels, Role
from sheet_templates.form_check import FormCheck
from sheet_templates.form_reader import KEY, read_form
from sheet_templates.role import Post, load_roles
from sheet_templates.shared import with_columns

SHIPPED_FORMS: Final = Path(__file__).parent / "forms"
SHIPPED_LIMITS: Final = Path(__file__).parent / "limits.toml"


class FormError(DeclarationError):
    """Declarations of forms are broken: every fault, with file and path."""


class LimitError(DeclarationError):
    """The declaration of a limit is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A number that the policies leave open: its default, its meaning, and the role that answers for it."""

    key: str
    value: Decimal
    labels: Labels
    clause: str
    owner: Role


def load_forms(
    *dirs: Path, roles: Mapping[Role, Post] | None = None, limits: Mapping[str, Limit] | None = None
) -> Mapping[FormKey, Form]:
    """Read the shipped forms, then those in each of *dirs* (a company's own), in the order of their sheets.

    A file's name is its form's key. A company's file replaces the shipped form of that key, or with
    `extends = true` adds fields and overrides settings of fields: everything else stays as it is shipped.
    *roles* and *limits* are those that forms may name; the shipped ones if left out.

    Raises FormError with the faults of all files, and OSError if a file cannot be read.
    """
    known_roles = load_roles() if roles is None else roles
    known_limits = load_limits(roles=known_roles) if limits is None else limits
    faults: list[str] = []
    forms = {
        FormKey(key): read_form(key, table, known_roles) for key, table in _form_tables(dirs, faults).items()
    }
    if not faults:
        places = {key: f"{key}.toml" for key in forms}
        faults.extend(FormCheck(forms=forms, limits=known_limits.keys(), places=places).faults())
    if faults:
        raise FormError(faults)
    forms = {key: with_columns(form, forms) for key, form in forms.items()}
    return dict(sorted(forms.items(), key=lambda each: (each[1].order, each[0])))


def load_limits(*dirs: Path, roles: Mapping[Role, Post] | None = None) -> Mapping[str, Limit]:
    """Read the shipped limits, then the `limits.toml` of each of *dirs*, if it is there.

    A company's file adds limits, or replaces shipped ones whole. These are the *defaults*: the values in force
    stand in the records of the form `limits`. Raises LimitError with all faults.
    """
    known_roles = load_roles() if roles is None else roles
    faults: list[str] = []
    limits: dict[str, Limit] = {}
    for path in (SHIPPED_LIMITS, *(each / "limits.toml" for each in dirs)):
        if path is not SHIPPED_LIMITS and not path.exists():
            continue
        table = read_table(path, faults)
        if table is not None:
            limits |= {each.key: each for each in _limits(table, known_roles)}
    if faults:
        raise LimitError(faults)
    return limits


def _limits(table: Table, roles: Mapping[Role, Post]) -> Iterator[Limit]:
    for key, entry in table.tables():
        value, labels = entry.take_number("value", needed=True), entry.take_labels("labels")
        owner, clause = entry.take_text("owner"), entry.take_text("clause")
        entry.close()
        if not KEY.fullmatch(key):
            table.fault(key, "a limit's key must be lower-case letters, digits and _")
        if owner and owner not in roles:
            entry.fault("owner", f"no such role: {owner}")
        if value is not None and labels is not None:
            yield Limit(key=key, value=value, labels=labels, clause=clause, owner=Role(owner))


def _form_tables(dirs: tuple[Path, ...], faults: list[str]) -> Mapping[str, Table]:
    """Return the tables of all forms by key, a company's laid over the shipped ones."""
    tables: dict[str, Table] = {}
    for folder in (SHIPPED_FORMS, *dirs):
        for path in sorted(folder.glob("*.toml")):
            table = read_table(path, faults)
            if table is None:
                continue
            if table.take_flag("extends"):
                shipped = tables.get(path.stem)
                if shipped is None:
                    table.fault("extends", f"there is no form {path.stem} to extend")
                    continue
                table = _extended(shipped, table)
            tables[path.stem] = table
    return tables


def _extended(shipped: Table, own: Table) -> Table:
    """Return the shipped declaration with the fields of *own* laid over it."""
    added = own.take_table("fields", needed=True)
    own.close()
    if added is None:
        return shipped
    fields: dict[str, Any] = dict(shipped.entries.get("fields", {}))
    for key, entry in added.tables():
        after = entry.find_text("after")
        settings = {name: each for name, each in entry.entries.items() if name != "after"}
        known = key in fields
        fields[key] = {**fields.get(key, {}), **settings}
        if after and known:
            entry.fault("after", "this field has its place already")
        elif after and after not in fields:
            entry.fault("after", f"there is no field {after}")
        elif after:
            fields = _moved(fields, key, after)
    return replace(shipped, entries={**shipped.entries, "fields": fields})


def _moved(fields: Mapping[str, Any], key: str, after: str) -> dict[str, Any]:
    moved: dict[str, Any] = {}
    for name, each in fields.items():
        if name != key:
            moved[name] = each
        if name == after:
            moved[key] = fields[key]
    return moved
