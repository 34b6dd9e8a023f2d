"""Which sheet is which form and which column which field, however people moved and renamed them.

A column is known by the hidden key row, then by its defined name, then by its label in any language. A sheet
is known by the defined names, then by its title, then by its key row. Source: research/sync.md, K1–K7.
"""

import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sheet_templates.form import ID, MARK, NUMBER, Field, FieldKey, Form, FormKey
from sheet_templates.match import fold, match_headers, names_of
from sheet_templates.record import Problem, Severity, named, text
from sync.edges.xlsx.a1 import Area
from sync.edges.xlsx.grid import Grid
from sync.edges.xlsx.package import Name, SheetPart
from sync.ports import Cell

HEAD: Final = 20
"""In so many first rows the key row and the header are looked for."""

HIDDEN_SHEET: Final = "_deskbook"

_REFERS: Final = re.compile(r"^=?(?:'((?:[^']|'')+)'|([^'!]+))!(.+)$")
_FEWEST_KEYS: Final = 2
_TELLING: Final = frozenset({ID, MARK, NUMBER})
_HEADER_BELOW: Final = 4
"""So many rows may have been inserted between the key row and the header."""


class Book(Protocol):
    """What tells of a workbook, apart from its first rows, where the forms stand in it."""

    @property
    def sheets(self) -> Sequence[SheetPart]:
        """Its tabs, in their order."""
        ...

    @property
    def names(self) -> Sequence[Name]:
        """Its defined names."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLayout:
    """Where the fields of one form stand in its sheet."""

    form: Form
    title: str
    part: str
    columns: Mapping[FieldKey, int]
    doubled: Mapping[FieldKey, tuple[int, ...]]
    """Fields whose key stands over several columns: the first is the one that a defined name knows, if any."""
    header: int
    """The number of the header row; the key row's if the header is not in sight."""
    top: int
    """The number of the row below which records may stand: a sort may have put some above the header."""

    def is_header(self, row: Sequence[Cell]) -> bool:
        """Return whether a row says the labels of the columns, wherever it stands."""
        said = sum(
            1
            for field, column in self.columns.items()
            if column <= len(row) and row[column - 1] is not None and _says(self.form, field, row[column - 1])
        )
        return said >= _FEWEST_KEYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What of a workbook is forms' sheets, and what is wrong with their shape."""

    sheets: Mapping[FormKey, SheetLayout]
    problems: tuple[Problem, ...]


def find_layout(package: Book, first_rows: Mapping[str, Grid], forms: Mapping[FormKey, Form]) -> Layout:
    """Find the forms' sheets and columns from the defined names and the sheets' first rows.

    Sheets whose first rows are not given are not looked at.
    """
    by_name = _named_columns(package, forms)
    chosen, problems = _choose(_most_named(package, by_name), first_rows, forms)
    sheets: dict[FormKey, SheetLayout] = {}
    for key, title in chosen.items():
        part = next(each.part for each in package.sheets if each.title == title)
        found = _sheet(forms[key], title, part, first_rows[title], by_name.get(key, {}).get(title, {}))
        if found is None:
            what = text("sheet.no_header", sheet=title)
            problems.append(Problem(what=what, mend=text(f"{what.key}.mend"), form=key))
        else:
            sheets[key] = found
            problems.extend(displaced(found, first_rows[title]))
    return Layout(sheets=sheets, problems=tuple(problems))


def named_sheets(package: Book, forms: Mapping[FormKey, Form]) -> Mapping[FormKey, str]:
    """Return form → title of its sheet, where the defined names tell it."""
    return _most_named(package, _named_columns(package, forms))


def _most_named(
    package: Book, by_name: Mapping[FormKey, Mapping[str, Mapping[FieldKey, int]]]
) -> dict[FormKey, str]:
    """Return form → title of the sheet that most names of its fields lead to."""
    titles = {each.title for each in package.sheets if each.title != HIDDEN_SHEET}
    chosen: dict[FormKey, str] = {}
    for key, places in by_name.items():
        here = {title: len(fields) for title, fields in places.items() if title in titles}
        if here:
            chosen[key] = max(here, key=lambda title: here[title])
    return chosen


def _named_columns(
    package: Book, forms: Mapping[FormKey, Form]
) -> Mapping[FormKey, Mapping[str, Mapping[FieldKey, int]]]:
    """Return form → sheet title → field → column, as the defined names say."""
    known = {
        f"_db_{form.key}_{each.key}".casefold(): (form.key, each.key)
        for form in forms.values()
        for each in (*form.system, *form.fields)
    }
    found: dict[FormKey, dict[str, dict[FieldKey, int]]] = {}
    for each in package.names:
        found_as = known.get(each.name.casefold())
        if found_as is None or each.local or (place := refers_to(each.refers)) is None:
            continue
        form, field = found_as
        found.setdefault(form, {}).setdefault(place[0], {})[field] = place[1].left
    return found


@functools.lru_cache(maxsize=1 << 14)
def refers_to(refers: str) -> tuple[str, Area] | None:
    """Return the sheet title and the area that a defined name refers to; None if it is no area."""
    found = _REFERS.match(refers.strip())
    area = Area.parse(found.group(3)) if found else None
    if found is None or area is None:
        return None
    return (found.group(1) or "").replace("''", "'") or found.group(2), area


def _choose(
    chosen: dict[FormKey, str],
    first_rows: Mapping[str, Grid],
    forms: Mapping[FormKey, Form],
) -> tuple[dict[FormKey, str], list[Problem]]:
    """Return form → title of its sheet, beside those that names tell, and notices of sheets that look like copies."""
    titles = [title for title in first_rows if title != HIDDEN_SHEET]
    folded = {title: fold(title) for title in titles if title not in chosen.values()}
    for key, form in forms.items():
        if key in chosen or not folded:
            continue
        labels = {fold(each) for each in form.labels.every()}
        title = next((title for title, each in folded.items() if each in labels), None)
        if title is not None:
            chosen[key] = title
            del folded[title]
    problems: list[Problem] = []
    for title in titles:
        if title in chosen.values():
            continue
        best = _form_by_keys(first_rows[title], forms)
        if best is None:
            continue
        if best in chosen:
            what = text("sheet.doubled", copy=title, sheet=chosen[best])
            problems.append(
                Problem(
                    what=what,
                    mend=text("sheet.doubled.mend", sheet=chosen[best]),
                    form=best,
                    severity=Severity.NOTICE,
                )
            )
        else:
            chosen[best] = title
    return chosen, problems


def _form_by_keys(rows: Grid, forms: Mapping[FormKey, Form]) -> FormKey | None:
    """Return the form whose fields the key row names best; None if there is no key row or no best."""
    at = _key_row(rows)
    if at is None:
        return None
    keys = {cell for cell in rows[at] if isinstance(cell, str)}
    fits: Counter[FormKey] = Counter()
    for form in forms.values():
        own = {str(each.key) for each in (*form.system, *form.fields)}
        if keys <= own:
            fits[form.key] = len(keys & own)
    ranked = fits.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def _key_row(rows: Grid, form: Form | None = None) -> int | None:
    """Return the index of the row with the fields' keys: it names a system column as no label does."""
    wanted = None if form is None else {str(each.key) for each in (*form.system, *form.fields)}
    for index, row in enumerate(rows[:HEAD]):
        texts = {cell for cell in row if isinstance(cell, str)}
        if texts & _TELLING and (wanted is None or len(wanted & texts) >= _FEWEST_KEYS):
            return index
    return None


def _sheet(
    form: Form, title: str, part: str, rows: Grid, by_name: Mapping[FieldKey, int]
) -> SheetLayout | None:
    """Return where the fields stand in a sheet; None if it has no header."""
    at = _key_row(rows, form)
    if at is None:
        return _by_labels(form, title, part, rows, by_name)
    header = _header_below(form, rows, at)
    columns: dict[FieldKey, int] = {}
    doubled: dict[FieldKey, tuple[int, ...]] = {}
    for field, at_columns in _keyed(form, rows[at]):
        first = by_name.get(field, at_columns[0])
        if len(at_columns) > 1:
            doubled[field] = (first, *(each for each in at_columns if each != first))
        columns[field] = first if first in at_columns else at_columns[0]
    labels = rows[header] if header < len(rows) else ()
    _complete(form, columns, by_name, labels, rows[at])
    return SheetLayout(
        form=form, title=title, part=part, columns=columns, doubled=doubled, header=header + 1, top=at + 1
    )


def _header_below(form: Form, rows: Grid, at: int) -> int:
    """Return the index of the header row: the next after the key row, but for rows that were inserted.

    A sort that took the header along left records there: it is where it went, or *at* if that is not in sight.
    """
    following = rows[at + 1] if at + 1 < len(rows) else ()
    if _labels_said(form, rows[at], following):
        return at + 1
    if _identified(rows[at], following):
        below = range(at + 2, len(rows))
        return next((each for each in below if _labels_said(form, rows[at], rows[each]) >= _FEWEST_KEYS), at)
    below = range(at + 1, min(at + 1 + _HEADER_BELOW, len(rows)))
    return max(below, key=lambda index: len(match_headers(form, _texts(rows[index])).columns), default=at + 1)


def _labels_said(form: Form, keys: Sequence[Cell], row: Sequence[Cell]) -> int:
    """Return how many cells of *row* are the labels of the keys that stand in their columns."""
    pairs = zip(keys, row, strict=False)
    return sum(1 for key, label in pairs if None not in (key, label) and _says(form, key, label))


def _identified(keys: Sequence[Cell], row: Sequence[Cell]) -> bool:
    """Return whether *row* carries a record's id."""
    return any(key == ID and cell is not None for key, cell in zip(keys, row, strict=False))


def displaced(sheet: SheetLayout, rows: Grid) -> Iterator[Problem]:
    """Yield a notice if records stand above the header."""
    below = rows[sheet.top] if sheet.top < len(rows) else ()
    if sheet.header != sheet.top + 1 and _identified(rows[sheet.top - 1], below):
        what = text("sheet.header_moved", sheet=sheet.title)
        yield Problem(what=what, mend=text(f"{what.key}.mend"), form=sheet.form.key, severity=Severity.NOTICE)


def _says(form: Form, key: Cell, label: Cell) -> bool:
    """Return whether *label* is, letter by letter, a label of the field *key*, as the template writes it."""
    field = form.field(FieldKey(str(key)))
    if field is None:
        return False
    said, labels = str(label).removesuffix(" *"), field.labels
    return said in (labels.zh_hant, labels.zh_hans, labels.en) or said in labels.aliases


def _by_labels(
    form: Form, title: str, part: str, rows: Grid, by_name: Mapping[FieldKey, int]
) -> SheetLayout | None:
    """Return the layout of a sheet without a key row: its header is the row that names most fields."""
    fits = [len(match_headers(form, _texts(row)).columns) for row in rows[:HEAD]]
    if not fits or max(fits) < _FEWEST_KEYS:
        return None
    header = fits.index(max(fits))
    matched = match_headers(form, _texts(rows[header]))
    columns = {**matched.columns}
    for field, column in by_name.items():
        if column not in columns.values() or columns.get(field) == column:
            columns[field] = column
    doubled = {field: at for field, at in matched.doubled.items() if field not in columns}
    columns |= {field: at[0] for field, at in doubled.items()}
    at = header + 1
    return SheetLayout(form=form, title=title, part=part, columns=columns, doubled=doubled, header=at, top=at)


def _keyed(form: Form, row: Sequence[Cell]) -> Iterator[tuple[FieldKey, tuple[int, ...]]]:
    places: dict[str, list[int]] = {}
    for column, cell in enumerate(row, start=1):
        if isinstance(cell, str):
            places.setdefault(cell, []).append(column)
    for each in (*form.system, *form.fields):
        if each.key in places:
            yield each.key, tuple(places[each.key])


def _complete(
    form: Form,
    columns: dict[FieldKey, int],
    by_name: Mapping[FieldKey, int],
    labels: Sequence[Cell],
    keys: Sequence[Cell],
) -> None:
    """Add the fields whose key is gone: by their defined name, then by their label.

    A column that still has a key, though one that the form does not know, is another one (K4), whatever stands below:
    a step of another approval may bear the same label, and what was signed there was not signed here.
    """
    for field, column in by_name.items():
        if field not in columns and column not in columns.values():
            columns[field] = column
    keyed = {at for at, key in enumerate(keys, start=1) if key is not None}
    taken = keyed.union(columns.values())
    free = [None if at in taken else label for at, label in enumerate(_texts(labels), start=1)]
    if any(free):
        for field, column in match_headers(form, free).columns.items():
            columns.setdefault(field, column)


def renamed(sheet: SheetLayout, rows: Grid) -> Iterator[Problem]:
    """Yield a notice for every header that no longer names its field (K1)."""
    labels = _texts(rows[sheet.header - 1]) if sheet.header <= len(rows) else []
    for field, column in sheet.columns.items():
        found = sheet.form.field(field)
        header = labels[column - 1] if column <= len(labels) else None
        if found is None or not header or not found.labels.en or _says(sheet.form, field, header):
            continue
        if header == field or _is_named(found, header):
            continue
        what = text("column.renamed", label=named(found.labels), header=header)
        yield Problem(
            what=what,
            mend=text(f"{what.key}.mend"),
            form=sheet.form.key,
            field=field,
            severity=Severity.NOTICE,
        )


def _is_named(field: Field, header: str) -> bool:
    probe = Form(key=FormKey(""), labels=field.labels, fields=(field,), number="", help=field.labels)
    known = {each for rank in names_of(field) for each in rank}
    return fold(header) in known or field.key in match_headers(probe, [header]).columns


def _texts(row: Sequence[Cell]) -> list[str | None]:
    return [cell if isinstance(cell, str) else None if cell is None else str(cell) for cell in row]
