"""A report's charts as native charts of the spreadsheet program, drawn from figures on a sheet of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from xlsxwriter.chart import Chart as NativeChart
from xlsxwriter.worksheet import Worksheet

from reports.page import Chart, ChartKind, Column, Kind, Row, Table
from reports.xlsx_sheets import Look

PALETTE: Final = ("#1F6FB2", "#F0A202", "#2E9E6B", "#D1495B", "#7A5195", "#5C7C8A", "#8D6E4A", "#B0BEC5")
_AGES: Final = ("#9CC3E0", "#F6D186", "#F2A65A", "#E07A5F", "#B3261E", "#90A4AE", "#5C7C8A")

_KINDS: Final[Mapping[ChartKind, dict[str, str]]] = {
    ChartKind.BAR: {"type": "bar"},
    ChartKind.COLUMN: {"type": "column"},
    ChartKind.STACKED: {"type": "bar", "subtype": "stacked"},
    ChartKind.LINE: {"type": "line"},
    ChartKind.PIE: {"type": "doughnut"},
}

WIDTH: Final = 900
_FONT: Final = {"size": 9, "color": "#52606D"}
_GRID: Final = {"visible": True, "line": {"color": "#E4E7EB", "width": 0.75}}
_NO_LINE: Final = {"none": True}


@dataclass(slots=True, kw_only=True)
class ChartSheet:
    """The sheet that holds the charts' figures, filled from the top."""

    look: Look
    sheet: Worksheet
    at: int = 0
    """The next free row, from 0."""

    def add(self, chart: Chart) -> NativeChart:
        """Write the figures of *chart* and return the native chart that is drawn from them."""
        columns = (Column(label=""), *(Column(label=each.label, kind=chart.value) for each in chart.series))
        rows = tuple(
            Row(cells=(name, *(each.values[place] for each in chart.series)))
            for place, name in enumerate(chart.categories)
        )
        table = Table(title=chart.title, columns=columns, rows=rows)
        self.sheet.write_string(self.at, 0, self.look.say(chart.title), self.look.heading())
        self.look.heads(self.sheet, self.at + 1, table)
        for place, row in enumerate(rows, start=self.at + 2):
            self.look.row(self.sheet, place, table, row)
        native = self._drawn(chart, self.at + 1)
        self.at += len(rows) + 4
        return native

    def _drawn(self, chart: Chart, head: int) -> NativeChart:
        native: NativeChart = self.look.book.add_chart(dict(_KINDS[chart.kind]))
        first, last = head + 1, head + len(chart.categories)
        name = self.sheet.get_name()
        palette = _AGES if chart.kind is ChartKind.STACKED else PALETTE
        for place in range(1, len(chart.series) + 1):
            native.add_series(
                {
                    "name": [name, head, place],
                    "categories": [name, first, 0, last, 0],
                    "values": [name, first, place, last, place],
                    **_painted(chart, palette[(place - 1) % len(palette)]),
                }
            )
        native.set_title({"name": self.look.say(chart.title), "name_font": {"size": 12, "color": "#1B3A5C"}})
        native.set_size({"width": WIDTH, "height": height(chart)})
        native.set_chartarea({"border": _NO_LINE})
        native.set_legend(_legend(chart))
        if chart.kind is not ChartKind.PIE:
            _axes(native, chart)
        return native


def height(chart: Chart) -> int:
    """Return how high *chart* is drawn, in pixels."""
    match chart.kind:
        case ChartKind.BAR:
            return 110 + len(chart.categories) * (16 * len(chart.series) + 12)
        case ChartKind.STACKED:
            return 120 + len(chart.categories) * 28
        case _:
            return 320


def _painted(chart: Chart, colour: str) -> dict[str, Any]:
    match chart.kind:
        case ChartKind.PIE:
            points = [
                {"fill": {"color": PALETTE[place % len(PALETTE)]}} for place in range(len(chart.categories))
            ]
            return {
                "points": points,
                "data_labels": {"percentage": True, "font": {"size": 9, "color": "#FFFFFF"}},
            }
        case ChartKind.LINE:
            marker = {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"color": colour}}
            return {"line": {"color": colour, "width": 2.25}, "marker": marker}
        case ChartKind.STACKED:
            return {"fill": {"color": colour}, "gap": 50}
        case _:
            labels = {"value": True, "num_format": "#,##0;-#,##0;", "font": _FONT}
            return {"fill": {"color": colour}, "gap": 60, "overlap": 0, "data_labels": labels}


def _legend(chart: Chart) -> dict[str, Any]:
    if chart.kind is ChartKind.PIE:
        return {"position": "right", "font": _FONT}
    return {"none": True} if len(chart.series) == 1 else {"position": "top", "font": _FONT}


def _axes(native: NativeChart, chart: Chart) -> None:
    names: dict[str, Any] = {"num_font": _FONT, "line": {"color": "#9FB3C8"}, "label_position": "low"}
    values: dict[str, Any] = {
        "num_font": _FONT,
        "num_format": "0%" if chart.value is Kind.PERCENT else "#,##0",
        "major_gridlines": _GRID,
        "line": _NO_LINE,
    }
    if chart.kind in {ChartKind.BAR, ChartKind.STACKED}:
        # Programs draw bars from the bottom up, but a reader begins at the top; the values stay below.
        native.set_y_axis({**names, "reverse": True, "crossing": "max"})
        native.set_x_axis(values)
    else:
        native.set_x_axis(names)
        native.set_y_axis(values)
