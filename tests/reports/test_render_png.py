import struct
import zlib
from decimal import Decimal

import pytest

from reports.page import Chart, ChartKind, Kind, Series
from reports.render_png import draw, families
from sheet_templates.form import Lang
from tests.support.company import words

DEJAVU = ("DejaVu Sans",)
"""The only font that a bare machine has, by matplotlib itself: no Chinese."""


def chart(kind, categories=("a", "b", "c"), values=(3, 2, 1), labels=("now",), value=Kind.MONEY):
    series = tuple(Series(label=each, values=tuple(Decimal(value) for value in values)) for each in labels)
    return Chart(title="t", kind=kind, categories=categories, series=series, value=value)


def size(png):
    return struct.unpack(">II", png[16:24])


def colours(png):
    """Return how many different pixels a picture has: more than one, if anything was drawn."""
    inside, at = b"", 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            inside += png[at + 8 : at + 8 + length]
        at += 12 + length
    return len(set(zlib.decompress(inside)))


@pytest.mark.parametrize("kind", list(ChartKind))
@pytest.mark.parametrize("lang", list(Lang))
def test_each_kind_is_drawn_twice_as_dense_as_it_is_shown(kind, lang):
    labels = ("now",) if kind is ChartKind.PIE else ("now", "before")

    drawn = draw(chart(kind, labels=labels), words(), lang)

    assert size(drawn.png) == (drawn.width * 2, drawn.height * 2)
    assert colours(drawn.png) > 50
    assert drawn.key == ()


@pytest.mark.parametrize("kind", list(ChartKind))
def test_without_a_chinese_font_labels_become_numbers_with_a_key(kind):
    drawn = draw(chart(kind, categories=("差旅費", "Travel", "通訊費")), words(), Lang.ZH_HANT, fonts=DEJAVU)

    assert drawn.key == (("(1)", "差旅費"), ("(2)", "通訊費"))


def test_a_letter_that_no_font_has_is_never_drawn_as_a_box():
    drawn = draw(chart(ChartKind.BAR, categories=("ok", "\U0001f9ff", "\ue000")), words(), Lang.EN)

    assert [label for _, label in drawn.key][-1] == "\ue000"


@pytest.mark.parametrize(
    "name", ["$x^2$", "a_b $ c", "_hidden", "x" * 300, "two\nlines", "\\frac", "%d {0}", ""]
)
@pytest.mark.parametrize("kind", list(ChartKind))
def test_any_name_can_be_a_label(kind, name):
    drawn = draw(chart(kind, categories=(name, "b", "c"), labels=(name,)), words(), Lang.EN, fonts=DEJAVU)

    assert colours(drawn.png) > 10


@pytest.mark.parametrize("kind", [each for each in ChartKind if each is not ChartKind.PIE])
@pytest.mark.parametrize("values", [(0, 0, 1), (-5, 3, 0), (-1, -2, -3), (10**12, 1, 0), ("0.01", 0, 0)])
def test_any_values_can_be_drawn(kind, values):
    drawn = draw(chart(kind, values=values, labels=("one", "two")), words(), Lang.EN)

    assert colours(drawn.png) > 10


def test_more_names_make_a_higher_picture():
    many = tuple(str(each) for each in range(12))

    few_high = draw(chart(ChartKind.BAR), words(), Lang.EN).height
    many_high = draw(chart(ChartKind.BAR, categories=many, values=range(12)), words(), Lang.EN).height
    assert many_high > few_high


def test_the_languages_own_characters_come_first_and_something_is_always_there():
    present = ("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans CJK TC", "Arial")

    assert families(Lang.ZH_HANT, present)[0] == "Noto Sans CJK TC"
    assert families(Lang.ZH_HANS, present)[0] == "Noto Sans CJK SC"
    assert families(Lang.EN, present)[0] == "Arial"
    assert families(Lang.ZH_HANT, ()) == DEJAVU


def test_the_same_chart_gives_the_same_picture():
    once, twice = (draw(chart(ChartKind.LINE), words(), Lang.EN) for _ in range(2))

    assert once == twice
