"""A workbook's package: what kind of file it is, which sheets and names it has."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from sheet_templates.record import Problem, text
from sync.edges.xlsx import parts
from sync.edges.xlsx.archive import Archive, Damaged, Doubled, Excessive, Limits, Locked
from sync.edges.xlsx.texts import SharedTexts

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_STYLES: Final = "xl/styles.xml"
_SHOWN: Final = 512
"""So many of a text file's first bytes tell what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPart:
    """A tab and the part that holds it."""

    title: str
    part: str
    index: int
    """Its place in the workbook, from 0; local names refer to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A defined name."""

    name: str
    refers: str
    local: bool
    """It belongs to one sheet only: copying a sheet makes such names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A sound workbook, opened but for its cells."""

    archive: Archive
    workbook: str
    """The part with the list of sheets."""
    sheets: tuple[SheetPart, ...]
    names: tuple[Name, ...]
    date1904: bool
    texts: SharedTexts
    limits: Limits

    def related(self, part: str, kind: str) -> tuple[str, ...]:
        """Return the parts that *part* relates to, of one kind (`table`, `sharedStrings`), if they are there."""
        found = parts.relations(self.archive, part).values()
        return tuple(target for type_, target in found if type_ == kind and target in self.archive)


def open_package(raw: bytes, limits: Limits) -> Package | Problem:
    """Open the bytes of a file; what is no sound workbook is a Problem that says what it is instead."""
    found = _not_a_zip(raw)
    if found is not None:
        return _problem(found)
    try:
        archive = Archive.open(raw, limits)
        kind = _other_kind(archive)
        return _problem(kind) if kind else _opened(archive, limits)
    except Locked:
        return _problem("file.password")
    except Doubled as doubled:
        return _problem("file.doubled_part", part=str(doubled))
    except parts.Entities as found_in:
        return _problem("file.entities", part=str(found_in))
    except Damaged as damaged:
        return damaged_problem(raw, damaged)


def damaged_problem(raw: bytes, damaged: Damaged) -> Problem:
    """Return the Problem of a zip that is not sound: still being written, or broken for good."""
    if isinstance(damaged, Excessive):
        return _problem("file.too_big")
    complete = raw.rfind(b"PK\5\6", max(0, len(raw) - 0x10015)) >= 0
    return _problem("file.damaged", detail=str(damaged)) if complete else _problem("file.half_written")


def _problem(key: str, **blanks: str) -> Problem:
    return Problem(what=text(key, **blanks), mend=text(f"{key}.mend"))


def _not_a_zip(raw: bytes) -> str | None:
    """Return the key of what *raw* is, if it is not even the beginning of a zip."""
    if not raw:
        return "file.empty"
    if raw.startswith(b"PK"):
        return None
    if raw.startswith(_OLE):
        return "file.password" if _ENCRYPTED in raw else "file.xls"
    if not raw.strip(b"\0"):
        return "file.half_written"
    start = raw[:_SHOWN].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<head", b"<meta")):
        return "file.html"
    if start.startswith(b"<?xml"):
        return "file.xml"
    return "file.csv" if _is_text(raw[:_SHOWN]) else "file.not_a_workbook"


def _is_text(start: bytes) -> bool:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(each < 9 or 13 < each < 32 for each in start)  # noqa: PLR2004 — control characters


def _other_kind(archive: Archive) -> str | None:
    if "mimetype" in archive and b"opendocument" in archive.head("mimetype", 100):
        return "file.ods"
    if "xl/workbook.bin" in archive:
        return "file.xlsb"
    if "[Content_Types].xml" not in archive:
        return "file.not_a_workbook"
    return None


def _opened(archive: Archive, limits: Limits) -> Package | Problem:
    targets = (part for kind, part in parts.relations(archive, "").values() if kind == "officeDocument")
    workbook = next(targets, "")
    if workbook not in archive:
        return _problem("file.not_a_workbook")
    root = parts.parsed(archive, workbook)
    if parts.local_name(root) != "workbook":
        return _problem("file.not_a_workbook")
    titles: set[str] = set()
    for each in parts.children(root, "sheets", "sheet"):
        title = each.get("name") or ""
        if title.casefold() in titles:
            # Programs find a sheet by its title: each would read another one.
            return _problem("file.doubled_sheet", sheet=title)
        titles.add(title.casefold())
    related = parts.relations(archive, workbook)
    sheets = tuple(
        SheetPart(title=each.get("name") or "", part=part, index=index)
        for index, each in enumerate(parts.children(root, "sheets", "sheet"))
        for kind, part in (related.get(parts.attribute(each, "id") or "", ("", "")),)
        if kind == "worksheet" and part in archive
    )
    for name in archive.members:
        if name.casefold() == _STYLES:
            # Looked at before the reader inflates it: it believes no size and no checksum but its own.
            parts.content(archive, name)
    flags = [each.get("date1904") for each in parts.children(root, "workbookPr")]
    return Package(
        archive=archive,
        workbook=workbook,
        sheets=sheets,
        names=tuple(_names(parts.children(root, "definedNames", "definedName"))),
        date1904=any(flag in {"1", "true", "on"} for flag in flags),
        texts=SharedTexts.of(archive),
        limits=limits,
    )


def _names(elements: Iterator[etree._Element]) -> Iterator[Name]:
    for each in elements:
        yield Name(
            name=each.get("name") or "", refers=each.text or "", local=each.get("localSheetId") is not None
        )
