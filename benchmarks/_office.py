"""What LibreOffice reads in originals and in patched files: many files for each start of the program."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from _compared import Place, cells_of, local, members, parsed
from lxml import etree

BATCH = 20
SECONDS = 80
"""For a batch; a file alone has a quarter of it."""


def compared_by_office(work: Path, found: list[dict[str, object]]) -> None:
    """Add to each of *found* (by its `name` in *work*) whether LibreOffice reads the same but what was put."""
    program = shutil.which("soffice")
    if program is None:
        print("LibreOffice (soffice) is not installed: nothing was compared with it")
        return
    out = work / "saved"
    out.mkdir(exist_ok=True)
    sources = [path for each in found for path in pair(work, each)]
    for start in range(0, len(sources), BATCH):
        batch = sources[start : start + BATCH]
        convert(program, batch, out, SECONDS)
        for path in batch:
            convert(program, [path], out, SECONDS // 4)
    for each in found:
        original, patched = (saved(path, out) for path in pair(work, each))
        each["office"] = verdict(original, patched, json.loads((work / f"{each['name']}.json").read_text()))


def pair(work: Path, found: dict[str, object]) -> list[Path]:
    """Return the original and the patched file."""
    return sorted(work.glob(f"{found['name']}-[ab].*"))


def saved(path: Path, out: Path) -> Path:
    return out / f"{path.stem}.xlsx"


def convert(program: str, sources: list[Path], out: Path, seconds: int) -> None:
    """Let LibreOffice open files and save them, if they are not saved yet; it is stopped when its time is over."""
    wanted = [str(each) for each in sources if not saved(each, out).exists()]
    if not wanted:
        return
    profile = f"-env:UserInstallation={(out / 'profile').absolute().as_uri()}"
    kind = "xlsx:Calc MS Excel 2007 XML"
    command = [program, profile, "--headless", "--norestore", "--convert-to", kind, "--outdir", str(out)]
    running = subprocess.Popen(
        [*command, *wanted], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def verdict(original: Path, patched: Path, puts: dict[str, list[Place]]) -> str:
    """Return `same`, or what LibreOffice finds different beside what was put."""
    if not original.exists() or not patched.exists():
        if not original.exists() and not patched.exists():
            return "opens neither"
        return "opens the original only" if original.exists() else "opens the patched one only"
    old, new = office_cells(original.read_bytes()), office_cells(patched.read_bytes())
    if [*old] != [*new]:
        return "other sheets"
    formulas = 0
    for title in old:
        put = {(row, column) for row, column in puts.get(title, ())}
        for place in {*old[title], *new[title]} - put:
            was, now = old[title].get(place), new[title].get(place)
            if was == now:
                continue
            if was is not None and now is not None and was[0] is not None and was[0] == now[0]:
                formulas += 1
            else:
                return f"{title}!{place}: {was} is {now}"
    return f"{formulas} formulas have another result" if formulas else "same"


Cell = tuple[str | None, str | None]
"""Formula and value."""


def office_cells(raw: bytes) -> dict[str, dict[Place, Cell]]:
    """Return sheet → place → (formula, value) of a file that LibreOffice saved."""
    content = members(raw)
    texts = [
        "".join(each.itertext())
        for each in parsed(content.get("xl/sharedStrings.xml", b"<sst/>"))
        if local(each) == "si"
    ]
    book, relations = parsed(content["xl/workbook.xml"]), parsed(content["xl/_rels/workbook.xml.rels"])
    targets = {each.get("Id"): each.get("Target") or "" for each in relations}
    found: dict[str, dict[Place, Cell]] = {}
    for sheet in (each for each in book.iter() if local(each) == "sheet"):
        relation = next(value for key, value in sheet.attrib.items() if etree.QName(key).localname == "id")
        part = content.get("xl/" + targets.get(relation, "").removeprefix("/xl/"))
        found[sheet.get("name") or ""] = dict(_cells(part, texts)) if part else {}
    return found


def _cells(part: bytes, texts: list[str]) -> Iterator[tuple[Place, Cell]]:
    for place, cell in cells_of(parsed(part))[0].items():
        inner = {local(each): "".join(each.itertext()) for each in cell}
        value = inner.get("v")
        if value is not None and cell.get("t") == "s":
            value = texts[int(value)]
        if value is not None or "f" in inner:
            yield place, (inner.get("f"), value)
