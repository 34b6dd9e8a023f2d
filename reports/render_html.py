"""A page as a mail: HTML that Outlook's engine shows too, the same in plain text, and charts as pictures.

Outlook on Windows lays out with Word's engine: tables in tables, fixed pixels, styles on the elements, no
SVG, no background pictures (`research/ecosystem.md`, section 8). What people typed is escaped, always.
"""

import base64
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import css_inline
import jinja2
from markupsafe import Markup

from reports.page import (
    Chart,
    Figure,
    Figures,
    Kind,
    Page,
    Paragraph,
    Point,
    Points,
    Row,
    Said,
    Table,
    mailed_rows,
)
from reports.render_text import about, plain_text
from reports.written import NOTHING, change, plain, said, written
from sheet_templates.form import Lang
from sheet_templates.record import text
from sheet_templates.words import Words

_TEMPLATES: Final = Path(__file__).parent / "templates"
_WIDE: Final = 6
"""A table with as many columns gets smaller letters."""

_FONTS: Final[Mapping[Lang, str]] = {
    Lang.ZH_HANT: "'Segoe UI', 'PingFang TC', 'Microsoft JhengHei', 'Noto Sans CJK TC', Arial, sans-serif",
    Lang.ZH_HANS: "'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', Arial, sans-serif",
    Lang.EN: "'Segoe UI', Helvetica, Arial, 'Noto Sans CJK SC', sans-serif",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that the HTML shows by `cid:`."""

    cid: str
    name: str
    content: bytes
    mime: str = "image/png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A page, ready to be sent."""

    subject: str
    """One line."""
    html: str
    text: str
    images: tuple[Picture, ...] = ()

    def standalone(self) -> str:
        """Return the HTML with its pictures inside, for a file that is looked at without a mail program."""
        html = self.html
        for each in self.images:
            inside = base64.b64encode(each.content).decode("ascii")
            html = html.replace(f'"cid:{each.cid}"', f'"data:{each.mime};base64,{inside}"')
        return html


def render(page: Page, words: Words, lang: Lang) -> Rendered:
    """Return *page* as a mail in *lang*."""
    say = _Say(words=words, lang=lang)
    images: list[Picture] = []
    blocks = []
    heading: Said = ""
    for block in page.blocks:
        match block:
            case Chart():
                picture, shown = say.chart(block, f"{page.key}-{len(images) + 1}", heading)
                images.append(picture)
                blocks.append(shown)
            case _:
                blocks.append(say.block(block))
                heading = block.title if isinstance(block, Table) else ""
    subject = " ".join(say(page.subject).split())
    html = _template().render(
        lang=lang.value,
        css=_css(lang),
        subject=subject,
        title=say(page.title),
        subtitle=say(page.subtitle),
        blocks=blocks,
        about=say.about(page),
        definitions=say(text("reports.page.definitions")),
        footnotes=[say(each) for each in page.footnotes],
        why=say(text("reports.page.why", why=say(page.why))),
    )
    inlined = css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False).inline(html)
    return Rendered(subject=subject, html=inlined, text=plain_text(page, words, lang), images=tuple(images))


def _cell_class(row: Row, place: int) -> str:
    """Return how a cell looks: a zero is pale, a record's own number stays on one line."""
    cell = row.cells[place]
    if cell == 0:
        return "zero"
    return f"{row.tone.value} number" if row.numbers == (cell,) else row.tone.value


@functools.cache
def _template() -> jinja2.Template:
    """Return the mails' template: compiled once, because that takes longer than all the rest of a mail."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("page.html.j2")


@functools.cache
def _css(lang: Lang) -> Markup:
    """Return the style sheet; it is ours alone, so that nothing in it need be escaped."""
    sheet = (_TEMPLATES / "page.css").read_text(encoding="utf-8")
    return Markup(sheet.replace("FONTS", _FONTS[lang]))  # noqa: S704 - our own file


@dataclass(frozen=True, slots=True, kw_only=True)
class _Say:
    """Puts the nouns of a page into the words and strings that the template lays out."""

    words: Words
    lang: Lang

    def __call__(self, what: Said) -> str:
        return said(what, self.words, self.lang)

    def block(self, block: Paragraph | Figures | Table | Points) -> Mapping[str, Any]:
        """Return what the template needs of *block*."""
        match block:
            case Paragraph():
                heading = self(block.heading) if block.heading else ""
                return {
                    "kind": "paragraph",
                    "title": heading,
                    "text": self(block.text),
                    "tone": block.tone.value,
                }
            case Figures():
                return {"kind": "figures", "tiles": [self._tile(each) for each in block.figures]}
            case Table():
                return self._table(block)
            case Points():
                points = [self._point(each) for each in block.points]
                return {"kind": "points", "title": self(block.title), "points": points}

    def _tile(self, figure: Figure) -> Mapping[str, str]:
        return {
            "label": self(figure.label),
            "value": NOTHING if figure.value is None else plain(figure.value, figure.kind),
            "change": self.change(figure),
            "tone": figure.tone.value,
            "note": self(figure.note) if figure.note else "",
        }

    def change(self, figure: Figure) -> str:
        """Return the growth of *figure*; '' if it is not compared with anything."""
        if figure.before is None:
            return ""
        was = self(text("reports.page.before", value=plain(figure.before, figure.kind)))
        return was if figure.change is None else f"{change(figure.change)} ({was})"

    def _table(self, table: Table) -> Mapping[str, Any]:
        shown = [place for place, column in enumerate(table.columns) if column.mailed]
        rows = mailed_rows(table)
        more = ""
        if len(table.rows) > table.mailed:
            more = self(text("reports.page.more_rows", count=str(len(table.rows) - table.mailed)))
        return {
            "kind": "table",
            "title": self(table.title),
            "wide": len(shown) >= _WIDE,
            "columns": [
                {
                    "label": self(table.columns[place].label),
                    "align": "left" if table.columns[place].kind is Kind.TEXT else "right",
                }
                for place in shown
            ],
            "rows": [self._cells(table, row, shown) for row in rows],
            "total": self._cells(table, table.total, shown) if table.total else [],
            "more": more,
            "note": self(table.note) if table.note else "",
            "empty": self(table.empty),
        }

    def _cells(self, table: Table, row: Row, shown: Sequence[int]) -> list[Mapping[str, str]]:
        return [
            {
                "text": written(row.cells[place], table.columns[place].kind, self.words, self.lang),
                "tone": _cell_class(row, place),
            }
            for place in shown
        ]

    def _point(self, point: Point) -> Mapping[str, Any]:
        clause = self(text("reports.page.clause", clause=point.clause)) if point.clause else ""
        return {
            "headline": self(point.headline),
            "lines": [self(each) for each in point.lines],
            "beside": " · ".join(each for each in (point.number, clause) if each),
            "tone": point.tone.value,
        }

    def chart(self, chart: Chart, name: str, heading: Said) -> tuple[Picture, Mapping[str, Any]]:
        """Return *chart* as a picture, and what the template needs to show it.

        *heading* stands above it already.
        """
        # matplotlib takes a second to load: only pages with charts pay for it.
        from reports.render_png import draw  # noqa: PLC0415

        drawn = draw(chart, self.words, self.lang)
        picture = Picture(cid=f"{name}@deskbook", name=f"{name}.png", content=drawn.png)
        key = "; ".join(f"{mark} = {label}" for mark, label in drawn.key)
        return picture, {
            "kind": "chart",
            "title": self(chart.title),
            "headed": chart.title == heading,
            "cid": picture.cid,
            "width": drawn.width,
            "height": drawn.height,
            "key": self(text("reports.page.key", key=key)) if key else "",
        }

    def about(self, page: Page) -> list[str]:
        """Return the lines that say what the figures are: the workbook, currency, day and clauses."""
        return about(page, self.words, self.lang)
