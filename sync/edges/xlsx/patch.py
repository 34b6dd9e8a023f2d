"""A render into a desk's file: which cells of which sheets a patch means, and the traces that it leaves.

`patched` is pure: bytes and a Patch in, bytes out. What must not be overwritten is left, and told as a Problem;
what would harm the file is refused (`Harm`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sheet_templates.form import ID, Form, FormKey
from sheet_templates.record import Problem, Severity, text
from sync.edges.xlsx import parts
from sync.edges.xlsx.a1 import ref
from sync.edges.xlsx.archive import Damaged, Limits
from sync.edges.xlsx.grid import heads
from sync.edges.xlsx.harm import Harm
from sync.edges.xlsx.layout import HEAD, HIDDEN_SHEET, Layout, find_layout, named_sheets
from sync.edges.xlsx.package import Package, open_package
from sync.edges.xlsx.put import Edit, Left, Patched, put
from sync.edges.xlsx.traces import OFFERS_ROW, RENDER_ROW, marked
from sync.ports import Patch, Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchedDesk:
    """A desk's file with a patch in it."""

    file: Patched
    left: tuple[Problem, ...]
    """The cells that could not be written, and why."""

    @property
    def raw(self) -> bytes:
        """The file's bytes."""
        return self.file.raw


def patched(raw: bytes, patch: Patch, forms: Mapping[FormKey, Form], limits: Limits) -> PatchedDesk:
    """Return *raw* with *patch* in it. Raises Harm.

    Fields and sheets that the file no longer has are passed over: they are absent, as when it is read. Cells
    that cannot change alone are left and told, but a row without its id would be another row.
    """
    package = open_package(raw, limits)
    if isinstance(package, Problem):
        raise Harm(package.what.key, package.what)
    try:
        layout = _layout(package, patch, forms)
        edits = tuple(_edits(package, layout, patch))
        marks = marked(package, patch.render)
    except (Damaged, parts.Entities) as fault:
        raise Harm(str(fault)) from fault
    made = put(package, edits, marks)
    return PatchedDesk(file=made, left=tuple(_left(layout, each) for each in made.left))


def _left(layout: Layout, left: Left) -> Problem:
    """Return what is to be said of a cell that was left. Raises Harm if all depends on that cell."""
    at = f"{left.sheet.title}!{ref(left.row, left.column)}"
    found = next((each for each in layout.sheets.values() if each.title == left.sheet.title), None)
    fields = {} if found is None else {column: field for field, column in found.columns.items()}
    field = fields.get(left.column)
    if found is None or field is None or field == ID:
        raise Harm(f"{at}: {left.why}", text("harm.id", cell=at))
    return Problem(
        what=text(left.why, cell=at),
        mend=text(f"{left.why}.mend"),
        severity=Severity.NOTICE,
        form=found.form.key,
        field=field,
        row=left.row,
    )


def _edits(package: Package, layout: Layout, patch: Patch) -> Iterable[Edit]:
    by_title = {each.title: each for each in package.sheets}
    puts: dict[FormKey, dict[tuple[int, int], Shown]] = {}
    for each in patch.sheets:
        columns = layout.sheets[each.form].columns if each.form in layout.sheets else {}
        for one in each.puts:
            if one.field in columns:
                puts.setdefault(each.form, {})[one.at, columns[one.field]] = one.shown
    for form, cells in puts.items():
        found = layout.sheets[form]
        yield Edit(sheet=by_title[found.title], puts=cells, first=found.header + 1)
    if HIDDEN_SHEET in by_title:
        marks: dict[tuple[int, int], Shown] = {(RENDER_ROW, 1): patch.render}
        if patch.shape is not None and patch.shape.offers:
            marks[OFFERS_ROW, 1] = patch.shape.offers
        yield Edit(sheet=by_title[HIDDEN_SHEET], puts=marks, first=1)


def _layout(package: Package, patch: Patch, forms: Mapping[FormKey, Form]) -> Layout:
    """Return where the patch's forms stand; only if names do not tell, all sheets are looked at."""
    wanted = {each.form: forms[each.form] for each in patch.sheets if each.form in forms}
    named = named_sheets(package, wanted)
    if wanted.keys() <= named.keys():
        return find_layout(package, heads(package, HEAD, {*named.values()}), wanted)
    return find_layout(package, heads(package, HEAD), forms)
