"""The few formulas that the emulator evaluates: arithmetic, references, text, SUM and HYPERLINK; any other is refused aloud."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.google.errors import not_modelled
from tests.support.google.ranges import Area, cells_of, letters, split_title

Value = float | str | bool | None

TOKEN = re.compile(
    r'\s*(?:(?P<number>\d+\.?\d*(?:E[+-]?\d+)?|\.\d+)|"(?P<text>(?:[^"]|"")*)"'
    r"|(?P<ref>(?:'(?:[^']|'')+'!|\w+!)?\$?[A-Za-z]{1,3}\$?\d+(?::\$?[A-Za-z]{1,3}\$?\d+)?)(?![\w(])"
    r"|(?P<error>#REF!)|(?P<name>[A-Za-z_][\w.]*)|(?P<mark><>|<=|>=|[-+*/^&=<>(),%]))",
    re.IGNORECASE,
)
FUNCTIONS = frozenset({"SUM", "HYPERLINK", "TRUE", "FALSE"})


class Failed(Exception):  # noqa: N818 - an error value, not a fault
    """The formula has an error value; its text is what the cell shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    kind: str
    word: str


def read(formula: str) -> list[Token]:
    """The tokens of a formula. Raises Answer (501) for what is not modelled, so that it never gets into a cell."""
    found, at, body = [], 0, formula[1:].strip()
    while at < len(body):
        match = TOKEN.match(body, at)
        if not match or match.lastgroup is None:
            raise not_modelled(f"the formula {formula}")
        found.append(Token(kind=match.lastgroup, word=match.group(match.lastgroup)))
        at = match.end()
    for token in found:
        if token.kind == "name" and token.word.upper() not in FUNCTIONS:
            raise not_modelled(f"the formula {formula} (function or name {token.word})")
    return found


def value(formula: str, cells: Callable[[str | None, Area], list[Value]]) -> Value:
    """What the formula yields; *cells* gives the values of an area of the sheet of that title (None: its own).

    Raises Failed with the error value, such as `#DIV/0!`.
    """
    tokens = read(formula)
    parser = _Parser(tokens, cells)
    found = parser.compared()
    if parser.at != len(tokens):
        raise Failed("#ERROR!")
    return found


def refers(formula: str) -> bool:
    """Does the formula refer to cells?"""
    return any(token.kind == "ref" for token in read(formula))


def rewritten(formula: str, own: bool, title: str, moved: Callable[[Area], Area | None]) -> str:
    """The formula after cells of the sheet of that *title* were *moved*; *own*: it stands on that sheet itself.

    Dollar signs stay where they are; a reference to cells that are gone becomes `#REF!`.
    """

    def one(match: re.Match[str]) -> str:
        word = match.group("ref")
        if word is None:
            return match.group()
        named, rest = split_title(word)
        if not (own if named is None else named.casefold() == title.casefold()):
            return match.group()
        area = moved(cells_of(rest, 0) or Area(sheet=0))
        lead = match.group()[: len(match.group()) - len(word)]
        ahead = lead + word[: len(word) - len(rest)]
        return ahead + _written(rest, area) if area else lead + "#REF!"

    return formula[0] + TOKEN.sub(one, formula[1:])


def _written(old: str, area: Area) -> str:
    """*area* in the manner of *old*, such as `$A$1:B2`."""
    ends = [(area.left or 0, area.top or 0), ((area.right or 1) - 1, (area.bottom or 1) - 1)]
    written = []
    for word, (column, row) in zip(old.split(":"), ends, strict=False):
        lead, middle = word.startswith("$"), "$" in word[1:]
        written.append(f"{'$' * lead}{letters(column)}{'$' * middle}{row + 1}")
    return ":".join(written)


class _Parser:
    def __init__(self, tokens: list[Token], cells: Callable[[str | None, Area], list[Value]]) -> None:
        self.tokens, self.cells, self.at = tokens, cells, 0

    def _next(self, *words: str) -> str:
        if self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind == "mark" and token.word in words:
                self.at += 1
                return token.word
        return ""

    def compared(self) -> Value:
        left = self._joined()
        while mark := self._next("=", "<>", "<", ">", "<=", ">="):
            right = self._joined()
            if mark in ("=", "<>"):
                left = (left == right) is (mark == "=")
            else:
                first, second = number(left), number(right)
                left = {
                    "<": first < second,
                    ">": first > second,
                    "<=": first <= second,
                    ">=": first >= second,
                }[mark]
        return left

    def _joined(self) -> Value:
        left = self._sum()
        while self._next("&"):
            left = text(left) + text(self._sum())
        return left

    def _sum(self) -> Value:
        left = self._product()
        while mark := self._next("+", "-"):
            right = number(self._product())
            left = number(left) + (right if mark == "+" else -right)
        return left

    def _product(self) -> Value:
        left = self._power()
        while mark := self._next("*", "/"):
            right = number(self._power())
            if mark == "/" and right == 0:
                raise Failed("#DIV/0!")
            left = number(left) * right if mark == "*" else number(left) / right
        return left

    def _power(self) -> Value:
        left = self._signed()
        while self._next("^"):
            left = number(left) ** number(self._signed())
        return left

    def _signed(self) -> Value:
        if mark := self._next("-", "+"):
            signed = number(self._signed())
            return -signed if mark == "-" else signed
        found = self._one()
        while self._next("%"):
            found = number(found) / 100
        return found

    def _one(self) -> Value:
        if self._next("("):
            found = self.compared()
            if not self._next(")"):
                raise Failed("#ERROR!")
            return found
        if self.at >= len(self.tokens):
            raise Failed("#ERROR!")
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "number":
            return float(token.word)
        if token.kind == "error":
            raise Failed(token.word)
        if token.kind == "text":
            return token.word.replace('""', '"')
        if token.kind == "ref":
            found_cells = self._reference(token.word)
            if len(found_cells) != 1:
                raise Failed("#VALUE!")
            return found_cells[0]
        if token.kind == "name":
            return self._call(token.word.upper())
        raise Failed("#ERROR!")

    def _call(self, name: str) -> Value:
        if not self._next("("):
            if name in ("TRUE", "FALSE"):
                return name == "TRUE"
            raise Failed("#NAME?")
        arguments: list[list[Value]] = []
        while not self._next(")"):
            token = self.tokens[self.at] if self.at < len(self.tokens) else Token(kind="end", word="")
            if token.kind == "ref" and ":" in token.word:
                self.at += 1
                arguments.append(self._reference(token.word))
            else:
                arguments.append([self.compared()])
            if not self._next(",") and not (self.at < len(self.tokens) and self.tokens[self.at].word == ")"):
                raise Failed("#ERROR!")
        if name == "SUM":
            return sum(one for some in arguments for one in some if isinstance(one, float | int))
        if name == "HYPERLINK":
            return arguments[-1][0]
        return name == "TRUE"

    def _reference(self, word: str) -> list[Value]:
        title, rest = split_title(word)
        area = cells_of(rest, 0)
        if area is None:
            raise Failed("#REF!")
        return self.cells(title, area)


def number(found: Value) -> float:
    if found is None:
        return 0.0
    if isinstance(found, str):
        try:
            return float(found)
        except ValueError:
            raise Failed("#VALUE!") from None
    return float(found)


def text(found: Value) -> str:
    if isinstance(found, bool):
        return str(found).upper()
    if isinstance(found, float):
        return str(int(found)) if found == int(found) else repr(found)
    return "" if found is None else str(found)
