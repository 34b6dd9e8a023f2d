"""A chart as a picture, by matplotlib: the only module that loads it.

Letters that no font of the machine has would be drawn as empty boxes. A label with such a letter is drawn as
a number instead, and the key says what the number stands for.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from reports.page import Chart, ChartKind, Kind
from reports.written import plain, said
from sheet_templates.form import Lang
from sheet_templates.words import Words

PALETTE: Final = ("#1f6fb2", "#f0a202", "#2e9e6b", "#d1495b", "#7a5195", "#5c7c8a", "#8d6e4a", "#b0bec5")
"""One colour a series; told apart by the colour-blind too, and in print."""

_AGES: Final = ("#9cc3e0", "#f6d186", "#f2a65a", "#e07a5f", "#b3261e", "#90a4ae", "#5c7c8a")
"""Stacked bars: from harmless to late."""

_WIDTH: Final = 592
_DENSITY: Final = 2
_DOTS: Final = 100
"""Pixels an inch, as shown."""
_FRAME: Final = 60
_LETTERS: Final = 7.5
_LONGEST: Final = 26
_ROOM: Final = 480
"""Pixels for the names along an axis."""
_INK: Final = "#52606d"
_GRID: Final = "#e4e7eb"

_UNITS: Final[Mapping[Lang, tuple[tuple[int, str], ...]]] = {
    Lang.ZH_HANT: ((100_000_000, "億"), (10_000, "萬")),
    Lang.ZH_HANS: ((100_000_000, "亿"), (10_000, "万")),
    Lang.EN: ((1_000_000, "M"), (1_000, "K")),
}
"""Units of large amounts, largest first."""

_ALWAYS_THERE: Final = "DejaVu Sans"
"""Comes with matplotlib."""

_FAMILIES: Final = {
    Lang.ZH_HANT: (
        "Noto Sans CJK TC",
        "Noto Sans TC",
        "Microsoft JhengHei",
        "PingFang TC",
        "Noto Sans CJK HK",
    ),
    Lang.ZH_HANS: ("Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", "SimHei"),
    Lang.EN: ("Segoe UI", "Arial", "Liberation Sans", "Noto Sans", _ALWAYS_THERE),
}
_ANY_CHINESE: Final = (
    "Noto Sans CJK TC", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans TC", "Noto Sans SC", "Microsoft JhengHei",
    "Microsoft YaHei", "PingFang TC", "PingFang SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "SimHei",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A chart as PNG, twice as dense as it is to be shown."""

    png: bytes
    width: int
    """In pixels, as shown."""
    height: int
    key: tuple[tuple[str, str], ...] = ()
    """Number in the picture → the label that could not be drawn."""


def installed() -> tuple[str, ...]:
    """Return the font families that this machine has."""
    return tuple({each.name for each in font_manager.fontManager.ttflist})


def families(lang: Lang, present: Iterable[str]) -> tuple[str, ...]:
    """Return the families to draw with: the language's own characters first, then any that has Chinese."""
    there = frozenset(present)
    own = [each for each in _FAMILIES[lang] if each in there]
    chinese = [each for each in _ANY_CHINESE if each in there]
    return tuple(dict.fromkeys((*own[:1], *chinese[:1], _ALWAYS_THERE)))


def draw(chart: Chart, words: Words, lang: Lang, fonts: Sequence[str] | None = None) -> Drawn:
    """Return *chart* as a picture with labels in *lang*.

    *fonts* are the families to draw with; by default the best that the machine has for *lang*.
    """
    props = FontProperties(
        family=list(families(lang, installed()) if fonts is None else fonts), size=_LETTERS
    )
    drawable = _letters(props)
    marks = _Marks(drawable=drawable, key={})
    names = tuple(marks.shown(said(each, words, lang)) for each in chart.categories)
    labels = tuple(marks.shown(said(each.label, words, lang)) for each in chart.series)
    sketch = _Sketch(
        chart=chart,
        names=names,
        labels=labels,
        props=props,
        scale=_UNITS[lang if drawable.have("".join(unit for _, unit in _UNITS[lang])) else Lang.EN],
    )
    height = sketch.height()
    canvas = Figure(figsize=(_WIDTH / _DOTS, height / _DOTS), dpi=_DOTS * _DENSITY, layout="constrained")
    FigureCanvasAgg(canvas)
    sketch.on(canvas.add_subplot())
    png = io.BytesIO()
    canvas.savefig(png, format="png", metadata={"Software": None})
    return Drawn(png=png.getvalue(), width=_WIDTH, height=height, key=tuple(marks.key.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letters:
    """The letters that some fonts have between them."""

    fonts: tuple[FT2Font, ...]

    def have(self, label: str) -> bool:
        """Return whether all of *label* can be drawn."""
        return all(any(font.get_char_index(ord(each)) for font in self.fonts) for each in label)


def _letters(props: FontProperties) -> _Letters:
    paths = (
        font_manager.findfont(FontProperties(family=[each]), fallback_to_default=False)
        for each in props.get_family()
    )
    return _Letters(fonts=tuple(font_manager.get_font(each) for each in paths))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """Labels as they can be drawn."""

    drawable: _Letters
    key: dict[str, str]
    """Grows: number → the label that it stands for."""

    def shown(self, label: str) -> str:
        """Return *label* on one line and not too long; a number if a letter of it cannot be drawn."""
        flat = " ".join(label.split())
        if self.drawable.have(flat):
            return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1]}…"
        mark = f"({len(self.key) + 1})"
        self.key[mark] = flat
        return mark


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sketch:
    """A chart whose labels can be drawn."""

    chart: Chart
    names: tuple[str, ...]
    """Of the categories."""
    labels: tuple[str, ...]
    """Of the series."""
    props: FontProperties
    scale: tuple[tuple[int, str], ...]

    def height(self) -> int:
        """Return how high the picture is, in pixels."""
        many = len(self.chart.series)
        match self.chart.kind:
            case ChartKind.BAR:
                return _FRAME + len(self.names) * (14 * many + 10)
            case ChartKind.STACKED:
                return _FRAME + len(self.names) * 26
            case _:
                return 240

    def on(self, axes: Axes) -> None:
        """Draw it on *axes*."""
        match self.chart.kind:
            case ChartKind.BAR:
                self._bars(axes)
            case ChartKind.STACKED:
                self._stack(axes)
            case ChartKind.COLUMN:
                self._columns(axes)
            case ChartKind.LINE:
                self._lines(axes)
            case ChartKind.PIE:
                self._pie(axes)

    def _bars(self, axes: Axes) -> None:
        thick = 0.8 / len(self.chart.series)
        for place, (values, colour) in enumerate(self._coloured(PALETTE)):
            at = [row + (place - (len(self.chart.series) - 1) / 2) * thick for row in range(len(self.names))]
            bars = axes.barh(at, values, height=thick * 0.9, color=colour)
            axes.bar_label(bars, [self._short(each) for each in values], padding=3, **self._text(_INK))
        axes.margins(x=0.12)
        self._names_down(axes)
        self._legend(axes, PALETTE)

    def _stack(self, axes: Axes) -> None:
        above = [0.0] * len(self.names)
        below = [0.0] * len(self.names)
        for values, colour in self._coloured(_AGES):
            left = [
                under if value < 0 else over for value, over, under in zip(values, above, below, strict=True)
            ]
            axes.barh(range(len(self.names)), values, left=left, height=0.66, color=colour)
            above = [over + max(value, 0.0) for value, over in zip(values, above, strict=True)]
            below = [under + min(value, 0.0) for value, under in zip(values, below, strict=True)]
        self._names_down(axes)
        self._legend(axes, _AGES)

    def _columns(self, axes: Axes) -> None:
        many = len(self.chart.series)
        thick = 0.72 / many
        for place, (values, colour) in enumerate(self._coloured(PALETTE)):
            at = [column + (place - (many - 1) / 2) * thick for column in range(len(self.names))]
            bars = axes.bar(at, values, width=thick * 0.92, color=colour)
            axes.bar_label(
                bars, [self._short(each) if each else "" for each in values], padding=2, **self._text(_INK)
            )
        axes.margins(y=0.14)
        self._names_along(axes)
        self._legend(axes, PALETTE)

    def _lines(self, axes: Axes) -> None:
        for values, colour in self._coloured(PALETTE):
            axes.plot(range(len(self.names)), values, color=colour, linewidth=2, marker="o", markersize=4)
        axes.set_ylim(bottom=min(0.0, *axes.get_ylim()))
        self._names_along(axes)
        self._legend(axes, PALETTE)

    def _pie(self, axes: Axes) -> None:
        shares = [each or Decimal(0) for each in self.chart.series[0].values]
        values = [float(each) for each in shares]
        colours = _cycle(PALETTE, len(values))
        wedges = axes.pie(values, colors=colours, startangle=90, counterclock=False, radius=1.15)[0]
        for wedge in wedges:
            wedge.set(width=0.5, edgecolor="white")
        whole = sum(shares, Decimal(0)) or Decimal(1)
        told = [
            f"{name}  {plain(each / whole, Kind.PERCENT)}"
            for name, each in zip(self.names, shares, strict=True)
        ]
        self._keyed(axes, colours, told, loc="center left", bbox_to_anchor=(1.05, 0.5), ncols=1)

    def _coloured(self, palette: Sequence[str]) -> Iterator[tuple[list[float], str]]:
        colours = _cycle(palette, len(self.chart.series))
        for series, colour in zip(self.chart.series, colours, strict=True):
            yield [float(each or 0) for each in series.values], colour

    def _names_down(self, axes: Axes) -> None:
        axes.set_yticks(range(len(self.names)), labels=self.names, **self._text())
        axes.invert_yaxis()
        axes.grid(axis="x", color=_GRID)
        self._measured(axes, "x")

    def _names_along(self, axes: Axes) -> None:
        axes.set_xticks(range(len(self.names)), labels=self.names, **self._text())
        shown = axes.get_xticklabels()
        if sum(each.get_window_extent().width for each in shown) > _ROOM * _DENSITY:
            for each in shown:
                each.set(rotation=30, ha="right")
        axes.grid(axis="y", color=_GRID)
        self._measured(axes, "y")

    def _measured(self, axes: Axes, which: Literal["x", "y"]) -> None:
        """Give the axis of values round ticks, and take away every line that says nothing."""
        low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
        ticks = [
            each
            for each in MaxNLocator(nbins=5, integer=self.chart.value is Kind.NUMBER).tick_values(low, high)
            if low <= each <= high
        ]
        labels = [self._short(each) for each in ticks]
        if which == "x":
            axes.set_xticks(ticks, labels=labels, **self._text(_INK))
        else:
            axes.set_yticks(ticks, labels=labels, **self._text(_INK))
        axes.set_axisbelow(True)
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)

    def _legend(self, axes: Axes, palette: Sequence[str]) -> None:
        if len(self.labels) > 1:
            place = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": min(len(self.labels), 4)}
            self._keyed(axes, _cycle(palette, len(self.labels)), self.labels, **place)

    def _keyed(self, axes: Axes, colours: Sequence[str], told: Sequence[str], **place: Any) -> None:
        handles = [Patch(color=each) for each in colours]
        legend = axes.legend(
            handles,
            [""] * len(handles),
            frameon=False,
            prop=self.props,
            handlelength=1,
            handleheight=1,
            **place,
        )
        for shown, label in zip(legend.get_texts(), told, strict=True):
            shown.set(text=label, parse_math=False)

    def _short(self, value: float) -> str:
        """Return *value* in few letters: `1.2M`, `120萬`; counts as they are."""
        if self.chart.value is Kind.NUMBER:
            return f"{value:,.0f}"
        if self.chart.value is Kind.PERCENT:
            return f"{value:.0%}"
        for unit, letter in self.scale:
            if abs(value) >= unit:
                return f"{value / unit:,.1f}".removesuffix(".0") + letter
        return f"{value:,.0f}"

    def _text(self, colour: str = "#1f2933") -> dict[str, Any]:
        """Return how a label is written. A `$` in a name is a `$`, not mathematics."""
        return {"fontproperties": self.props, "color": colour, "parse_math": False}


def _cycle(palette: Sequence[str], count: int) -> tuple[str, ...]:
    return tuple(palette[each % len(palette)] for each in range(count))
