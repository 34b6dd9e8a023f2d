"""Formulas that move: what is relative moves along, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.edges.xlsx.a1 import LAST_COLUMN, LAST_ROW, ref
from sync.edges.xlsx.formula import BeyondError, moved


@pytest.mark.parametrize(
    ("words", "from_next"),
    [
        ("B1+B2", "C2+C3"),
        ("$B1+B$2+$B$3", "$B2+C$2+$B$3"),
        ("B1\r\n+B2\t-B3", "C2\r\n+C3\t-C4"),
        ("SUM(A1:B2 B1:C3)", "SUM(B2:C3 C2:D4)"),
        ("B:B+1:1+$B:C+$1:2", "C:C+2:2+$B:D+$1:3"),
        ("B1:INDEX(B:B,3)", "C2:INDEX(C:C,3)"),
        ("@B1:B3", "@C2:C4"),
        ('"B1"&"say ""B1"""&B1', '"B1"&"say ""B1"""&C2'),
        ("'My B1'!B2+'It''s B1'!B2+Sheet1!B2", "'My B1'!C3+'It''s B1'!C3+Sheet1!C3"),
        ("[1]Other!B1+[0]!name", "[1]Other!C2+[0]!name"),
        ("T1[[#This Row],[B1]:[C'[2]]+T1[B1]", "T1[[#This Row],[B1]:[C'[2]]+T1[B1]"),
        ("LOG10(B1)+ATAN2(B1,C1)", "LOG10(C2)+ATAN2(C2,D2)"),
        ("_xlfn.XLOOKUP(B1,B:B,C1:C9)", "_xlfn.XLOOKUP(C2,C:C,D2:D10)"),
        ("1E5+B1%+2.5", "1E5+C2%+2.5"),
        ("tax_2024+Q1_B1+B1.x+\\B1+été1", "tax_2024+Q1_B1+B1.x+\\B1+été1"),
        ("IF(TRUE,B1,{1,2;3,4})", "IF(TRUE,C2,{1,2;3,4})"),
        ("#REF!+B1#", "#REF!+C2#"),
        ("Sheet1:Sheet3!B1", "Sheet1:Sheet3!C2"),
        ("XFE1+A1048577", "XFE2+B1048577"),
    ],
)
def test_what_is_relative_moves_and_all_else_stays(words: str, from_next: str):
    assert moved(words, 1, 1) == from_next


@pytest.mark.parametrize(
    ("words", "rows", "columns"), [("A1", -1, 0), ("A1", 0, -1), ("XFD1", 0, 1), ("1:1", -1, 0)]
)
def test_a_reference_never_moves_beyond_the_edge(words: str, rows: int, columns: int):
    with pytest.raises(BeyondError):
        moved(words, rows, columns)


@given(
    row=st.integers(1, LAST_ROW),
    column=st.integers(1, LAST_COLUMN),
    to=st.tuples(st.integers(1, LAST_ROW), st.integers(1, LAST_COLUMN)),
)
def test_a_reference_that_moves_and_comes_back_is_the_same(row: int, column: int, to: tuple[int, int]):
    words = f"SUM({ref(row, column)},x!{ref(row, column)})"
    there = moved(words, to[0] - row, to[1] - column)

    assert there == f"SUM({ref(*to)},x!{ref(*to)})"
    assert moved(there, row - to[0], column - to[1]) == words
