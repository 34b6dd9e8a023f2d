"""A form as its documentation page: `python -m sheet_templates.page docs/forms` writes them all."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from sheet_templates.form import Field, FieldType, Form, FormKey, Labels, Role, Source, Stage
from sheet_templates.load import Limit, load_forms, load_limits
from sheet_templates.role import Post, load_roles

INDEX: Final = "README.md"

_MADE: Final = "Made by `python -m sheet_templates.page docs/forms`"
_MADE_OF_OWN: Final = "Made by `deskbook forms docs`; change the declarations, not this page."
_SYSTEM: Final = (
    "Every sheet begins with the same columns: No. (編號), State (狀態) and Check (檢查: what is wrong, and how to"
    " mend it)."
)
_LIMITS: Final = (
    "Defaults of the numbers that the policies leave open; those in force stand on the administrator's desk."
)
_REQUIRED: Final = {Stage.NEVER: "", Stage.SAVE: "yes", Stage.SUBMIT: "to submit"}
_SOURCES: Final = {
    Source.COMPUTED: "computed",
    Source.STAMPED: "Deskbook",
    Source.SUBMIT: "the requester",
    Source.DECISION: "the signer",
    Source.OPINION: "the signer",
    Source.CODE: "the signer",
}


def pages(
    forms: Mapping[FormKey, Form],
    roles: Mapping[Role, Post],
    limits: Mapping[str, Limit],
    *,
    shipped: bool = True,
) -> Mapping[str, str]:
    """Return file name → Markdown: one page a form, and an index with the roles and limits.

    *shipped*: they are the declarations of this repository, not a company's.
    """
    made = {f"{form.key}.md": form_page(form, forms, roles, shipped=shipped) for form in forms.values()}
    return {INDEX: _index(forms, roles, limits, _MADE + "." if shipped else _MADE_OF_OWN), **made}


def form_page(
    form: Form, forms: Mapping[FormKey, Form], roles: Mapping[Role, Post], *, shipped: bool = True
) -> str:
    """Return the page of one form: what it is for, who sees it, every field."""
    source = f"`sheet_templates/forms/{form.key}.toml`"
    parts = [
        f"# {_title(form.labels)}",
        f"{_MADE} from {source}; change that file, not this page." if shipped else _MADE_OF_OWN,
        form.help.en,
        form.help.zh_hant,
        *_facts(form, forms, roles),
        "## Who sees it",
        _table(("Role", "Sees a record if"), _views(form, roles)),
        "## Fields",
        _table(
            ("Field", "繁體", "简体", "Key", "Type", "Filled in by", "Also seen by", "Required", "Rules"),
            (_row(field, form, forms, roles) for field in form.fields),
        ),
        *_choices(form),
        *_groups(form),
        *_expressions(form),
    ]
    return "\n\n".join(parts) + "\n"


def write_pages(folder: Path) -> tuple[Path, ...]:
    """Write the pages of the shipped forms into *folder*; return those that changed."""
    roles = load_roles()
    limits = load_limits(roles=roles)
    return keep_pages(folder, pages(load_forms(roles=roles, limits=limits), roles, limits))


def keep_pages(folder: Path, made: Mapping[str, str]) -> tuple[Path, ...]:
    """Write *made* (file name → Markdown) into *folder*; return the files that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed: list[Path] = []
    for name, page in made.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != page:
            path.write_text(page, encoding="utf-8")
            changed.append(path)
    return tuple(changed)


def _index(
    forms: Mapping[FormKey, Form], roles: Mapping[Role, Post], limits: Mapping[str, Limit], made: str
) -> str:
    listed = (
        (
            f"[{form.labels.en}]({form.key}.md)",
            form.labels.zh_hant,
            form.labels.zh_hans,
            ", ".join(form.clauses),
        )
        for form in forms.values()
    )
    posts = (
        (post.labels.en, post.labels.zh_hant, post.labels.zh_hans, f"`{role}`", _desk(post), post.clause)
        for role, post in roles.items()
    )
    numbers = (
        (f"`{each.key}`", _number(each.value), each.labels.en, roles[each.owner].labels.en, each.clause)
        for each in limits.values()
    )
    return (
        "\n\n".join(
            (
                "# Forms",
                f"{made} {_SYSTEM}",
                _table(("Form", "繁體", "简体", "Clauses"), listed),
                "## Roles",
                _table(("Role", "繁體", "简体", "Key", "Desk", "Clause"), posts),
                "## Limits",
                _LIMITS,
                _table(("Limit", "Default", "Meaning", "Answers for it", "Clause"), numbers),
            )
        )
        + "\n"
    )


def _facts(form: Form, forms: Mapping[FormKey, Form], roles: Mapping[Role, Post]) -> Iterator[str]:
    facts = [
        f"**Policy:** {', '.join(form.clauses)}." if form.clauses else "",
        f"**Numbers:** `{form.number}`.",
    ]
    facts.append(f"**New records:** {_names(form.adders, roles) or 'made by Deskbook'}.")
    if form.retractors:
        facts.append(f"**Withdrawn by deleting the row:** {_names(form.retractors, roles)}.")
    parent = next((each for each in form.fields if each.key == form.parent), None)
    if parent is not None and parent.link is not None:
        facts.append(f"**Belongs to:** [{forms[parent.link].labels.en}]({parent.link}.md).")
    if form.titled is not None:
        facts.append(f"**Called by:** {form.titled.labels.en}; links show it in place of the number.")
    yield " ".join(each for each in facts if each)


def _views(form: Form, roles: Mapping[Role, Post]) -> Iterator[Sequence[str]]:
    for role, view in form.views.items():
        yield roles[role].labels.en, "always" if view == "true" else f"`{view}`"


def _row(
    field: Field, form: Form, forms: Mapping[FormKey, Form], roles: Mapping[Role, Post]
) -> Sequence[str]:
    labels = field.labels
    name = labels.en if field.help is None else f"{labels.en}<br>{field.help.en}"
    writer = _SOURCES.get(field.source) or _names(field.owners, roles)
    if field.readers is None:
        readers = "whoever sees the record"
    else:
        readers = _names((field.readers - field.owners) & form.views.keys(), roles) or "nobody"
    return (
        name,
        labels.zh_hant,
        labels.zh_hans,
        f"`{field.key}`",
        _type(field, forms),
        writer,
        readers,
        _REQUIRED[field.required],
        "; ".join(_rules(field)),
    )


def _type(field: Field, forms: Mapping[FormKey, Form]) -> str:
    if field.link is not None:
        return f"[{forms[field.link].labels.en}]({field.link}.md)"
    return "[person](people.md)" if field.type is FieldType.PERSON else field.type.replace("_", " ")


def _rules(field: Field) -> Iterator[str]:
    if field.columns:
        yield "a form, a group of its fields, or one field"
    if field.wider:
        yield f"a sharing scope may show it to {', '.join(sorted(field.wider))}"
    if field.unique:
        yield "unique"
    if field.integer:
        yield "whole"
    if field.minimum is not None:
        yield f"at least {_number(field.minimum)}"
    if field.maximum is not None:
        yield f"at most {_number(field.maximum)}"
    if field.pattern is not None:
        yield f"like `{field.pattern}`"
    if field.material:
        tolerance = f" beyond {_number(field.tolerance * 100)} %" if field.tolerance else ""
        yield f"a change{tolerance} voids sign-offs"


def _choices(form: Form) -> Iterator[str]:
    rows = [
        (field.labels.en, f"`{each.key}`", each.labels.en, each.labels.zh_hant, each.labels.zh_hans)
        for field in form.fields
        for each in (() if field.columns else field.choices)
    ]
    if rows:
        yield "## Choices"
        yield _table(("Field", "Key", "English", "繁體", "简体"), rows)


def _groups(form: Form) -> Iterator[str]:
    rows = [
        (each.labels.en, ", ".join(field.labels.en for field in form.fields if field.key in each.fields))
        for each in form.groups
    ]
    if rows:
        yield "## Groups of fields"
        yield "[Sharing scopes](sharing.md) name them as a whole."
        yield _table(("Group", "Fields"), rows)


def _expressions(form: Form) -> Iterator[str]:
    rows = [
        (field.labels.en, kind, f"`{expression}`")
        for field in form.fields
        for kind, expression in (("starts as", field.default), ("computed", field.computed))
        if expression is not None
    ]
    if rows:
        yield "## Computed and proposed values"
        yield "The language is described in [expressions](../expressions.md)."
        yield _table(("Field", "", "Expression"), rows)


def _title(labels: Labels) -> str:
    names = dict.fromkeys((labels.zh_hant, labels.zh_hans))
    return f"{labels.en} · {' / '.join(names)}"


def _desk(post: Post) -> str:
    return "each person" if post.personal else "the department"


def _names(roles: Iterable[Role], posts: Mapping[Role, Post]) -> str:
    """Return the roles' names in the order in which roles are declared."""
    wanted = frozenset(roles)
    return ", ".join(post.labels.en for role, post in posts.items() if role in wanted)


def _number(number: Decimal) -> str:
    return f"{number.normalize():,f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(each) for each in line)} |" for line in lines)


def _cell(content: str) -> str:
    return content.replace("|", r"\|").replace("\n", " ")


def main(arguments: Sequence[str]) -> int:
    """Write the pages into the folder that the only argument names, and say which changed."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m sheet_templates.page FOLDER\n")
        return 2
    for path in write_pages(Path(arguments[0])):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
