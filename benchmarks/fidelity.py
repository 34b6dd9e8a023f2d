"""Whether workbooks that nobody here made survive a patch: every part, every cell, as other programs read them.

    fidelity.py [--soffice N] [--work FOLDER] [--json FILE] FOLDER...

Each folder is a corpus of .xlsx and .xlsm files; equal files count once. Into every sheet of every file values
of every kind are put, as Deskbook puts them into desks: over constants and formulas, into styled empty cells,
beside the last cell of a row, and in a row below the last. What comes out is compared with what went in by other
programs' eyes. Beside it, openpyxl loads and saves the same files.
"""

import argparse
import asyncio
import collections
import contextlib
import datetime as dt
import hashlib
import io
import json
import re
import resource
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import openpyxl
from _compared import (
    Place,
    Puts,
    calamine_cells,
    differing_parts,
    differing_sheet,
    differing_table,
    differing_values,
    differing_workbook,
    members,
    openpyxl_cells,
    parsed,
    reads,
)
from _office import compared_by_office
from lxml import etree

from sheet_templates.record import Problem
from sync.edges.xlsx import parts
from sync.edges.xlsx.a1 import LAST_COLUMN, LAST_ROW, Area
from sync.edges.xlsx.archive import Damaged, Limits
from sync.edges.xlsx.grid import open_book, with_known_errors
from sync.edges.xlsx.harm import Harm
from sync.edges.xlsx.package import Package, SheetPart, open_package
from sync.edges.xlsx.proof import prove, says
from sync.edges.xlsx.put import Edit, Patched, put
from sync.edges.xlsx.sheetxml import CellXml, SheetXml, cells
from sync.edges.xlsx.special import is_within
from sync.ports import Shown

LIMITS = Limits()
SECONDS = 60
MEMORY = 6 << 30
AT_ONCE = 2
LOOKED_AT = 400
"""So many rows of a sheet are looked at for cells to put values into."""
COMPARED = 2_000_000
"""Cells of a sheet that other readers are asked about: some corpora hold sheets that would take all memory."""
MADE_ANEW = re.compile(r"/$|\.rels$|calcChain|sharedStrings|comments?\.xml$|\.vml$", re.IGNORECASE)
MERGED = re.compile(rb"""mergeCell\s+ref=["']([^"']*)""")
VALUES: tuple[Shown, ...] = (
    "客戶 & <甲> “乙”\n_x000D_",
    Decimal("1234.5"),
    dt.date(2026, 3, 14),
    True,
    None,
    dt.time(9, 30),
    Decimal("-0.000001"),
    "=1+1",
)


def wanted(package: Package, sheet: SheetPart) -> Edit | None:
    """Return what to put into a sheet; None if it is too large for Deskbook to read."""
    xml = SheetXml.of(parts.content(package.archive, sheet.part))
    if xml.last_filled() > LIMITS.rows or not is_within(xml, LIMITS.cells):
        return None
    merged = [
        area
        for found in MERGED.findall(xml.raw, xml.bottom)
        if (area := Area.parse(found.decode("ascii", "replace"))) is not None
    ]
    rows = [*xml.numbers[:LOOKED_AT], *xml.numbers[LOOKED_AT:][-3:]]
    kinds: dict[str, list[Place]] = collections.defaultdict(list)
    for at in rows:
        there = [*cells(xml.row(at) or b"", xml.prefix)]
        for each in there:
            kinds[kind(each)].append((at, each.column))
        last = max((each.column for each in there), default=0)
        if last < LAST_COLUMN:
            kinds["beside"].append((at, last + 1))
    places = [place for found in kinds.values() for place in spread(found)]
    below, columns = xml.last_filled() + 1, {column for _, column in places} or {1, 2, 3}
    if below <= LAST_ROW:
        places += [(below, column) for column in sorted(columns)[:4]]
    first = min((at for at in rows if xml.row(at)), default=1) + 1
    places = [place for place in places if not any(area.holds(*place) for area in merged)]
    puts = {place: VALUES[index % len(VALUES)] for index, place in enumerate(dict.fromkeys(places))}
    return Edit(sheet=sheet, puts=puts, first=first)


def whole(package: Package, sheet: SheetPart) -> None:
    """Raise Damaged unless a sheet is well-formed."""
    try:
        parsed(parts.content(package.archive, sheet.part))
    except etree.XMLSyntaxError as error:
        raise Damaged(f"{sheet.part} is not well-formed: {error}") from error


def kind(cell: CellXml) -> str:
    """Return what stands in a cell, as far as it matters for what may be put there."""
    if b"vm" in cell.attributes or b"cm" in cell.attributes:
        return "rich"
    for mark, named in ((b'"shared" ref=', "master"), (b't="shared"', "sharing"), (b't="array"', "array")):
        if mark in cell.inner:
            return named
    if b"f>" in cell.inner or b"f " in cell.inner:
        return "formula"
    return "constant" if cell.inner else "empty"


def spread(places: list[Place]) -> list[Place]:
    """Return the first, the last and two between."""
    size = len(places)
    return [places[index] for index in sorted({0, size // 3, 2 * size // 3, size - 1})]


def tried(raw: bytes) -> tuple[dict[str, object], Patched | None]:
    """Return what became of one workbook, and its patched file."""
    package = open_package(raw, LIMITS)
    if isinstance(package, Problem):
        return {"fate": "unreadable", "why": package.what.key}, None
    try:
        open_book(with_known_errors(package.archive, [each.part for each in package.sheets]))
        edits = [each for sheet in package.sheets if (each := wanted(package, sheet)) is not None]
        for sheet in package.sheets if edits else ():
            whole(package, sheet)
    except (Damaged, parts.Entities) as fault:
        return {"fate": "unreadable", "why": f"{type(fault).__name__}: {fault}"}, None
    if not edits:
        why = "sheet.too_big" if package.sheets else "no sheet of cells"
        return {"fate": "unreadable", "why": why}, None
    try:
        made = put(package, edits)
        prove(raw, made, LIMITS)
    except Harm as harm:
        return {"fate": "refused", "why": str(harm)}, None
    faults = [*differences(raw, package, made)]
    left = collections.Counter(each.why.value for each in made.left)
    return {
        "fate": "harmed" if faults else "patched",
        "faults": faults[:10],
        "left": dict(left),
        "put": sum(len(each) for each in made.put.values()),
        "sheets": len(made.put),
    }, made


def differences(raw: bytes, package: Package, made: Patched) -> Iterator[str]:
    """Yield what a patch changed that it should not have."""
    old, new = members(raw), members(made.raw)
    tables = {part for sheet in made.put for part in package.related(sheet.part, "table")}
    chains = package.related(package.workbook, "calcChain")
    allowed = {sheet.part for sheet in made.put} | tables | {*chains, package.workbook}
    if any(each not in new for each in chains):
        allowed |= {"[Content_Types].xml", parts.relations_part(package.workbook)}
    yield from differing_parts(old, new, allowed)
    for sheet, puts in made.put.items():
        for fault in differing_sheet(old[sheet.part], new[sheet.part], puts):
            yield f"{sheet.title}: {fault}"
    yield from differing_workbook(old[package.workbook], new[package.workbook])
    for part in tables:
        yield from differing_table(old[part], new[part])
    puts = {sheet.title: put for sheet, put in made.put.items()}
    readable = [sheet.title for sheet in made.put if within(new[sheet.part])]
    before, after = (calamine_cells(plain(each), readable) for each in (raw, made.raw))
    for fault in differing_values(before, after, puts):
        yield f"calamine: {fault}"
    yield from unlike_put(after, {title: puts[title] for title in readable}, says_by_calamine)
    if len(readable) == len(made.put):
        yield from by_openpyxl(raw, made.raw, puts)


def plain(raw: bytes) -> bytes:
    """Return a file as calamine can read it."""
    package = open_package(raw, LIMITS)
    assert isinstance(package, Package)
    return with_known_errors(package.archive, [each.part for each in package.sheets])


def within(xml: bytes) -> bool:
    return is_within(SheetXml.of(xml), COMPARED)


def says_by_calamine(read: object, shown: Shown) -> bool:
    if isinstance(read, dt.timedelta):
        return isinstance(shown, dt.time)
    return says(read, shown)  # type: ignore[arg-type]  # whatever it read


def unlike_put(read: Mapping[str, Mapping[Place, object]], puts: Puts, agree: object) -> Iterator[str]:
    """Yield the cells that do not say what was put there."""
    for title, put_there in puts.items():
        for place, shown in put_there.items():
            found = read.get(title, {}).get(place)
            if (0, 0) not in read.get(title, {}) and not agree(found, shown):  # type: ignore[operator]
                yield f"{title}!{place}: {shown!r} is read as {found!r:.60}"


def by_openpyxl(raw: bytes, new: bytes, puts: Puts) -> Iterator[str]:
    try:
        before = openpyxl_cells(raw)
    except Exception:  # noqa: BLE001 — what it cannot read it cannot compare
        return
    if not any(before.values()):
        # It does not know the namespace of an early draft.
        return
    try:
        after = openpyxl_cells(new)
    except Exception as error:  # noqa: BLE001
        yield f"openpyxl could read it, and no longer can: {type(error).__name__}: {error}"
        return
    for fault in differing_values(before, after, puts):
        yield f"openpyxl: {fault}"
    for fault in unlike_put(after, {title: each for title, each in puts.items() if title in after}, reads):
        yield f"openpyxl: {fault}"


def saved_by_openpyxl(raw: bytes, macros: bool) -> dict[str, object]:
    """Return what openpyxl's load and save makes of a workbook: kinds of parts lost, values changed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(raw), keep_vba=macros)
            out = io.BytesIO()
            book.save(out)
    except Exception as error:  # noqa: BLE001 — whatever it raises
        return {"fate": "failed", "why": f"{type(error).__name__}: {error}"[:120]}
    old, new = kinds_of(raw), kinds_of(out.getvalue())
    lost = sorted(name for name in old if new[name] < old[name])
    sheets = [each.title for each in openpyxl.load_workbook(io.BytesIO(raw), read_only=True).worksheets]
    package = open_package(raw, LIMITS)
    if isinstance(package, Problem):
        return {"fate": "saved", "lost": lost}
    titles = [
        each.title
        for each in package.sheets
        if each.title in sheets and within(parts.content(package.archive, each.part))
    ]
    changed = sum(
        1 for _ in differing_values(calamine_cells(raw, titles), calamine_cells(out.getvalue(), titles), {})
    )
    return {"fate": "saved", "lost": lost, "values": changed}


def kinds_of(raw: bytes) -> collections.Counter[str]:
    """Return how many parts of each kind a package has: names are numbered anew when it is saved.

    Without what can be made again (shared texts, the chain of calculation) and what openpyxl names otherwise.
    """
    kinds = ("".join(each for each in name if not each.isdigit()) for name in members(raw))
    return collections.Counter(each for each in kinds if not MADE_ANEW.search(each))


def one(path: Path, work: Path | None) -> dict[str, object]:
    raw = path.read_bytes()
    found, made = tried(raw)
    if made is not None and work is not None:
        name = hashlib.sha256(raw).hexdigest()[:16]
        (work / f"{name}-a{path.suffix.lower()}").write_bytes(raw)
        (work / f"{name}-b{path.suffix.lower()}").write_bytes(made.raw)
        places = {sheet.title: [[*place] for place in puts] for sheet, puts in made.put.items()}
        (work / f"{name}.json").write_text(json.dumps(places))
        found["name"] = name
    if found["fate"] != "unreadable":
        found["openpyxl"] = saved_by_openpyxl(raw, path.suffix.lower() == ".xlsm")
    return found


def worker(work: Path | None) -> None:
    """Answer for each path on a line of input with a line of JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        for line in sys.stdin:
            try:
                found = one(Path(line.rstrip("\n")), work)
            except MemoryError:
                found = {"fate": "gave up", "why": "memory"}
            except Exception as error:  # noqa: BLE001 — a bug of ours is to be seen in the table
                found = {"fate": "bug", "why": f"{type(error).__name__}: {error}"}
            print(json.dumps(found, default=str), file=answers, flush=True)


async def all_of(paths: list[Path], work: Path | None) -> dict[Path, dict[str, object]]:
    """Return what became of each workbook; each has its time and its memory."""
    queue = collections.deque(paths)
    found: dict[Path, dict[str, object]] = {}

    async def run() -> None:
        running = None
        while queue:
            path = queue.popleft()
            if running is None:
                running = await asyncio.create_subprocess_exec(
                    sys.executable,
                    __file__,
                    "--worker",
                    *(["--work", str(work)] if work else []),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.DEVNULL,
                    limit=1 << 24,
                )
            assert running.stdin is not None
            assert running.stdout is not None
            running.stdin.write(f"{path}\n".encode())
            try:
                line = await asyncio.wait_for(running.stdout.readline(), SECONDS)
                found[path] = json.loads(line)
            except (TimeoutError, json.JSONDecodeError) as error:
                why = "time" if isinstance(error, TimeoutError) else "the process ended"
                found[path] = {"fate": "gave up", "why": why}
                with contextlib.suppress(ProcessLookupError):
                    running.kill()
                await running.wait()
                running = None
        if running is not None and running.stdin is not None:
            running.stdin.close()
            await running.wait()

    await asyncio.gather(*(run() for _ in range(AT_ONCE)))
    return found


def corpora(folders: list[Path]) -> dict[str, list[Path]]:
    """Return each corpus's workbooks; a file that an earlier one has too counts there."""
    seen: set[str] = set()
    found: dict[str, list[Path]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in {".xlsx", ".xlsm"} and path.is_file():
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                if content not in seen:
                    seen.add(content)
                    found.setdefault(folder.name, []).append(path)
    return found


COLUMNS = (
    "files",
    "not read",
    "patched",
    "refused",
    "harmed",
    "LibreOffice: same",
    "openpyxl: fails",
    "loses parts",
    "changes values",
)


def row(found: list[dict[str, object]]) -> tuple[int | str, ...]:
    fates = collections.Counter(str(each["fate"]) for each in found)
    theirs = [each["openpyxl"] for each in found if isinstance(each.get("openpyxl"), dict)]
    office = [each["office"] for each in found if "office" in each]
    opened = [each for each in office if each != "opens neither"]
    return (
        len(found),
        fates["unreadable"] + fates["gave up"],
        fates["patched"],
        fates["refused"],
        fates["harmed"] + fates["bug"],
        f"{sum(1 for each in opened if each == 'same')} of {len(opened)}" if office else "—",
        sum(1 for each in theirs if each["fate"] == "failed"),
        sum(1 for each in theirs if each.get("lost")),
        sum(1 for each in theirs if each.get("values")),
    )


def told(by_corpus: Mapping[str, list[dict[str, object]]]) -> Iterator[str]:
    yield "| corpus | " + " | ".join(COLUMNS) + " |"
    yield "| --- |" + " ---: |" * len(COLUMNS)
    for name, found in by_corpus.items():
        yield f"| {name} | " + " | ".join(str(each) for each in row(found)) + " |"
    every = [each for found in by_corpus.values() for each in found]
    yield "| **all** | " + " | ".join(str(each) for each in row(every)) + " |"
    yield ""
    for fate in ("unreadable", "gave up", "refused", "harmed", "bug"):
        whys = collections.Counter(
            str(each.get("why") or each.get("faults")) for each in every if each["fate"] == fate
        )
        yield from (f"{fate}: {count} x {why:.300}" for why, count in whys.most_common(40))
    left = collections.Counter[str]()
    for each in every:
        left.update(each.get("left") or {})  # type: ignore[call-overload]  # a mapping, as it was written
    yield f"cells: {sum(int(str(each.get('put', 0))) for each in every)} put, left {dict(left)}"


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("folders", nargs="*", type=Path)
    arguments.add_argument(
        "--soffice", type=int, default=0, metavar="N", help="compare what LibreOffice reads of N files (slow)"
    )
    arguments.add_argument("--work", type=Path, help="keep originals and patched files here")
    arguments.add_argument("--json", type=Path, help="write all that was found here")
    arguments.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.worker:
        worker(chosen.work)
        return
    if not chosen.folders:
        print("no folder of workbooks was named; nothing to do")
        return
    with tempfile.TemporaryDirectory() as temporary:
        work = chosen.work or (Path(temporary) if chosen.soffice else None)
        if work is not None:
            work.mkdir(parents=True, exist_ok=True)
        by_corpus = corpora(chosen.folders)
        found = asyncio.run(all_of([path for paths in by_corpus.values() for path in paths], work))
        if chosen.soffice and work is not None:
            # By the hash of its content: any number of them is chosen at random, but always the same ones.
            patched = sorted(
                (each for each in found.values() if "name" in each), key=lambda each: str(each["name"])
            )
            compared_by_office(work, patched[: chosen.soffice])
    if chosen.json:
        chosen.json.write_text(
            json.dumps({str(path): each for path, each in found.items()}, indent=1, ensure_ascii=False)
        )
    print("\n".join(told({name: [found[path] for path in paths] for name, paths in by_corpus.items()})))


if __name__ == "__main__":
    main()
