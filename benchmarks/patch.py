"""How long one saved cell takes in a desk's file: patched, proved, read; beside openpyxl's load and save."""

import argparse
import datetime as dt
import io
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import PurePath

import openpyxl

from sheet_templates.form import Desk, DeskKey, Field, FieldKey, FieldType, Form, FormKey, Labels, Role
from sheet_templates.template import render_template
from sheet_templates.words import Words
from sync.edges.xlsx.archive import Limits
from sync.edges.xlsx.patch import patched
from sync.edges.xlsx.proof import prove
from sync.edges.xlsx.read import read_desk
from sync.edges.xlsx.versions import hash_of
from sync.ports import Patch, Put, RenderId, SheetPatch, Shown

REP = Role("rep")
KINDS = (FieldType.TEXT, FieldType.MONEY, FieldType.DATE, FieldType.LINK, FieldType.NUMBER)
LIMITS = Limits()


def labels(name: str) -> Labels:
    return Labels(zh_hant=name, zh_hans=name, en=name)


def a_form(key: str, columns: int) -> Form:
    fields = tuple(
        Field(
            key=FieldKey(f"f{at}"),
            type=KINDS[at % len(KINDS)],
            labels=labels(f"Field {at}"),
            owners=frozenset({REP}),
            link=FormKey(key),
        )
        for at in range(columns)
    )
    return Form(
        key=FormKey(key),
        labels=labels(key),
        fields=fields,
        number="N-{n}",
        help=labels(key),
        adders=frozenset({REP}),
    )


def shown(kind: FieldType, at: int) -> Shown:
    match kind:
        case FieldType.MONEY | FieldType.NUMBER:
            return Decimal(at * 37 % 100_000) / 100
        case FieldType.DATE:
            return dt.date(2026, 1, 1) + dt.timedelta(days=at % 365)
        case _:
            return f"客戶 {at * 7919 % 100_003} & 公司"


def a_desk(rows: int, columns: int, forms: int) -> tuple[bytes, dict[FormKey, Form]]:
    made = {form.key: form for form in (a_form(f"form{at}", columns) for at in range(forms))}
    desk = Desk(key=DeskKey("P-1"), name="bench", role=REP, people=("P-1",))
    raw = render_template(desk, tuple(made.values()), Words.load())
    first = next(iter(made.values()))
    puts = [
        Put(at=at + 3, field=field.key, shown=f"id{at:010}" if field.key == "_id" else shown(field.type, at))
        for at in range(rows)
        for field in first.columns(REP)
        if field.key in {"_id", "number"} or field.key.startswith("f")
    ]
    patch = Patch(render=RenderId("r0"), sheets=(SheetPatch(form=first.key, puts=tuple(puts)),))
    return patched(raw, patch, made, LIMITS).raw, made


def timed(name: str, act: Callable[[], object], rounds: int) -> float:
    act()
    wall, cpu = [], []
    for _ in range(rounds):
        w, c = time.perf_counter(), time.process_time()
        act()
        wall.append(time.perf_counter() - w)
        cpu.append(time.process_time() - c)
    print(
        f"  {name:<34} {statistics.median(wall) * 1000:9.1f} ms wall {statistics.median(cpu) * 1000:9.1f} ms CPU"
    )
    return statistics.median(cpu)


def run(rows: int, columns: int, forms: int, rounds: int, *, compare: bool) -> None:
    raw, made = a_desk(rows, columns, forms)
    print(f"{rows} rows x {columns} columns, {forms} sheets, {len(raw) / 1e6:.2f} MB")
    key = next(iter(made))
    one = Patch(
        render=RenderId("r1"),
        sheets=(SheetPatch(form=key, puts=(Put(at=rows // 2, field=FieldKey("f1"), shown=Decimal(7)),)),),
    )
    new = patched(raw, one, made, LIMITS)
    ours = timed("patch one cell", lambda: patched(raw, one, made, LIMITS), rounds)
    ours += timed("prove it", lambda: prove(raw, new.file, LIMITS), rounds)
    timed("hash", lambda: hash_of(raw), rounds)
    timed(
        "read all",
        lambda: read_desk(raw, path=PurePath("x"), file=hash_of(raw), forms=made, limits=LIMITS),
        rounds,
    )
    if compare:

        def load_and_save() -> None:
            book = openpyxl.load_workbook(io.BytesIO(raw))
            book.worksheets[0]["G5"] = 7
            book.save(io.BytesIO())

        theirs = timed("openpyxl load and save", load_and_save, 1)
        print(f"  openpyxl : ours = {theirs / ours:.0f} : 1")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--compare", action="store_true", help="time openpyxl's load and save as well")
    chosen = arguments.parse_args()
    for rows, columns, forms, rounds in (
        (400, 20, 1, 20),
        (400, 25, 11, 20),
        (4000, 20, 1, 5),
        (20_000, 20, 1, 3),
    ):
        run(rows, columns, forms, rounds, compare=chosen.compare)


if __name__ == "__main__":
    main()
