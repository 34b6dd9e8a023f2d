"""A desk's workbook as its template makes it now: the model for what an older one lacks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from lxml import etree

from sheet_templates.form import FieldKey, Form, FormKey
from sheet_templates.record import Problem
from sync.edges.xlsx import parts
from sync.edges.xlsx.a1 import Area
from sync.edges.xlsx.archive import Damaged, Limits
from sync.edges.xlsx.grid import heads
from sync.edges.xlsx.layout import HEAD, SheetLayout, find_layout
from sync.edges.xlsx.package import Package, SheetPart, open_package

TAIL: Final = (
    "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState",
    "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting",
    "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks",
    "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing",
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts",
    "extLst",
)  # fmt: skip
"""What may follow a sheet's rows, in this order. Source: ECMA-376 part 1, 18.3.1.99."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSheet:
    """One form's sheet as the template makes it."""

    layout: SheetLayout
    root: etree._Element

    def column(self, field: FieldKey) -> etree._Element:
        """Return how the column of *field* is declared. Raises Damaged."""
        at = self.layout.columns[field]
        for each in parts.children(self.root, "cols", "col"):
            if int(each.get("min") or 0) <= at <= int(each.get("max") or 0):
                return each
        raise Damaged(f"the template does not say how the column {field} looks")

    def header(self, field: FieldKey) -> tuple[str, int]:
        """Return the text and the style of a column's header; '' for a column without one."""
        for row in parts.children(self.root, "sheetData", "row"):
            if row.get("r") == str(self.layout.header):
                for cell in row:
                    if Area.parse(cell.get("r") or "") == self._at(field):
                        said = "".join(str(each) for each in cell.itertext())
                        return said, int(cell.get("s") or 0)
        return "", 0

    def validation(self, field: FieldKey) -> etree._Element | None:
        """Return what is checked when somebody types into the column."""
        return next(self._over("dataValidations", "dataValidation", field), None)

    def formats(self, field: FieldKey) -> Sequence[etree._Element]:
        """Return the conditional formats that the column has part in."""
        return [
            each
            for each in parts.children(self.root, "conditionalFormatting")
            if self._covers(each.get("sqref") or "", field)
        ]

    def field_at(self, column: int) -> FieldKey | None:
        """Return whose column it is."""
        return next((field for field, at in self.layout.columns.items() if at == column), None)

    def _at(self, field: FieldKey) -> Area:
        row, column = self.layout.header, self.layout.columns[field]
        return Area(top=row, left=column, bottom=row, right=column)

    def _over(self, group: str, name: str, field: FieldKey) -> Iterator[etree._Element]:
        return (
            each
            for each in parts.children(self.root, group, name)
            if self._covers(each.get("sqref") or "", field)
        )

    def _covers(self, refs: str, field: FieldKey) -> bool:
        areas = (Area.parse(each) for each in refs.split())
        return any(each is not None and each.spans(self.layout.columns[field]) for each in areas)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The workbook that the template makes."""

    package: Package
    sheets: Mapping[FormKey, ModelSheet]

    @classmethod
    def of(cls, raw: bytes, forms: Mapping[FormKey, Form], limits: Limits) -> Self:
        """Take in the bytes of a template. Raises Damaged or Entities."""
        package = open_package(raw, limits)
        if isinstance(package, Problem):
            raise Damaged(f"the template is no workbook: {package.what.key}")
        found = find_layout(package, heads(package, HEAD), forms).sheets
        return cls(
            package=package,
            sheets={
                key: ModelSheet(layout=each, root=parts.parsed(package.archive, each.part))
                for key, each in found.items()
            },
        )

    def tab(self, title: str) -> SheetPart | None:
        """Return the tab called *title*."""
        return next((each for each in self.package.sheets if each.title == title), None)

    def tabs(self) -> Sequence[SheetPart]:
        """Return all tabs in their order."""
        return self.package.sheets
