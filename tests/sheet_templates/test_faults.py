"""Faults of declarations in the reader's language; every sentence that the loaders can say has its translations."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sheet_templates.faults import Faults
from sheet_templates.form import Lang
from tests.support import shipped

ROOT = Path(__file__).parents[2]
LOADERS = sorted((*(ROOT / "rules").glob("*.py"), *(ROOT / "sheet_templates").glob("*.py")))
YIELDING = {"form_check.py", "load.py", "words.py"}
"""Their functions yield faults, or add them to a list, with the place before them."""
WORDS = shipped.words()
HANT, HANS, EN = (Faults.of(WORDS, lang) for lang in (Lang.ZH_HANT, Lang.ZH_HANS, Lang.EN))


def sentences(node: ast.AST) -> Iterator[str]:
    """Yield the texts that an expression may be, with a word in place of each blank."""
    match node:
        case ast.Constant(value=str() as value):
            yield value
        case ast.JoinedStr(values=values):
            yield "".join(
                str(each.value) if isinstance(each, ast.Constant) else _blank(each) for each in values
            )
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*sentences(body), *sentences(orelse))
        case _:
            pass


def _blank(node: ast.AST) -> str:
    """Return what stands for a blank; nothing for a question that may follow."""
    asks = isinstance(node, ast.FormattedValue) and ast.unparse(node.value).startswith(("meant(", "near"))
    return "" if asks else "x"


def said(module: Path) -> Iterator[str]:
    """Yield every fault that *module* can say."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(attr="fault"), args=[_, what]):
                yield from sentences(what)
            case ast.Call(func=ast.Name(id="MisuseError"), args=[what]):
                yield from sentences(what)
            case ast.Call(func=ast.Name(id="ExpressionError"), args=[_, what, *_]):
                yield from sentences(what)
            case ast.Call(func=ast.Attribute(attr="append", value=ast.Name(id="faults")), args=[what]):
                yield from (
                    each.removeprefix("x.toml: ").removeprefix("x: ").removeprefix("x.x: ")
                    for each in sentences(what)
                )
            case ast.Yield(value=what) if what is not None and module.name in YIELDING:
                yield from (each.rpartition("x: ")[2] for each in sentences(what))
            case _:
                pass


FAULTS = sorted({(module.name, each) for module in LOADERS for each in said(module) if " " in each})


def without_place(fault: str) -> str:
    head, _, tail = fault.partition(": ")
    return tail if tail and " " not in head and not head.startswith("“") else fault


@pytest.mark.parametrize(("module", "fault"), FAULTS)
def test_every_fault_that_a_loader_can_say_is_known(module, fault):
    assert HANT.knows(fault) or HANT.knows(without_place(fault)), f"{module}: {fault}"


@pytest.mark.parametrize(
    ("fault", "traditional", "simplified"),
    [
        (
            "rules/a.toml:4:1: check.dates.holds: in “delivry_on”: there is no “delivry_on” here; did you mean x?",
            "rules/a.toml:4:1: check.dates.holds: 在「delivry_on」中：這裡沒有「delivry_on」；是否為 x？",
            "rules/a.toml:4:1: check.dates.holds: 在“delivry_on”中：这里没有“delivry_on”；是否为 x？",
        ),
        (
            "complaint.toml: fields.customer: refers to custmer, but there is no such form; did you mean customer?",
            "complaint.toml: fields.customer: 指向 custmer，但沒有這張表單；是否為 customer？",
            "complaint.toml: fields.customer: 指向 custmer，但没有这张表单；是否为 customer？",
        ),
        (
            "a.toml: check.x.form: there is no form ordr; did you mean order or order_line?",
            "a.toml: check.x.form: 沒有表單 ordr；是否為 order 或 order_line？",
            "a.toml: check.x.form: 没有表单 ordr；是否为 order 或 order_line？",
        ),
        (
            "order.toml: chain.order.steps.manager.when: in “total”: gives a number, but yes or no is needed",
            "order.toml: chain.order.steps.manager.when: 在「total」中：得出數字，須為是或否",
            "order.toml: chain.order.steps.manager.when: 在“total”中：得出数字，须为是或否",
        ),
        ("a.toml: x.number: needs {n}, the running number", "a.toml: x.number: 須有流水號 {n}", "a.toml: x.number: 须有流水号 {n}"),
        ("something that nobody has translated", "something that nobody has translated", "something that nobody has translated"),
    ],
)  # fmt: skip
def test_a_fault_is_said_in_the_readers_language_and_its_place_stays(fault, traditional, simplified):
    assert (HANT.say(fault), HANS.say(fault), EN.say(fault)) == (traditional, simplified, fault)
