"""The hands at a LibreOffice's keyboard: run with the system's Python, which alone has `uno`.

Takes one command a line on stdin, as JSON, and answers each with one line on stdout: `{"answer": …}` or
`{"fault": "…"}`. The first line says where the profile may lie. LibreOffice ends with this process, and this
process with its stdin. `tests.support.libreoffice` starts it.

What can be done as on the screen is done as there: commands are dispatched to the window, so that what is
typed is understood by the locale and by the format of its cell, and what is pasted comes from the clipboard.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import uno
from com.sun.star.awt import Rectangle
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import DisposedException
from com.sun.star.sheet import TableFilterField
from com.sun.star.sheet.FilterConnection import AND
from com.sun.star.sheet.FilterOperator import EQUAL
from com.sun.star.table import TableSortField

PATIENCE = 60
XLSX = "Calc MS Excel 2007 XML"
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>en-US</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="FirstRun" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Input"><prop oor:name="ReplaceCellsWarning" oor:op="fuse"><value>false</value></prop></item>
</oor:items>
"""


def said(**values: Any) -> "tuple[PropertyValue, ...]":
    """Return named arguments as LibreOffice takes them."""
    given = []
    for name, value in values.items():
        each = PropertyValue()
        each.Name, each.Value = name, value
        given.append(each)
    return tuple(given)


class Hands:
    """Does to the open files what it is told."""

    def __init__(self, context: Any) -> None:
        self.manager = context.ServiceManager
        self.context = context
        self.desktop = self.made("com.sun.star.frame.Desktop")
        self.dispatcher = self.made("com.sun.star.frame.DispatchHelper")
        self.settings = self.made("com.sun.star.configuration.ConfigurationProvider")
        self.files: dict[str, Any] = {}

    def made(self, service: str) -> Any:
        return self.manager.createInstanceWithContext(service, self.context)

    def set_up(self, node: str, **values: str) -> None:
        """Change what LibreOffice remembers of its user."""
        access = self.settings.createInstanceWithArguments(
            "com.sun.star.configuration.ConfigurationUpdateAccess", said(nodepath=node)
        )
        for name, value in values.items():
            access.setPropertyValue(name, value)
        access.commitChanges()

    # Files

    def type_as(self, locale: str) -> None:
        """Understand what is typed from now on as people of *locale* type, in all files."""
        self.set_up("/org.openoffice.Setup/L10N", ooSetupSystemLocale=locale)

    def open(self, path: str, who: str) -> None:
        """Open a file as *who*."""
        self.set_up("/org.openoffice.UserProfile/Data", givenname=who)
        found = self.desktop.loadComponentFromURL(uno.systemPathToFileUrl(path), "_blank", 0, ())
        if found is None:
            raise OSError(f"{path} cannot be opened")
        self.files[path] = found

    def is_writable(self, path: str) -> bool:
        return not self.files[path].isReadonly()

    def save(self, path: str) -> None:
        self.files[path].store()

    def save_as(self, path: str, new: str) -> None:
        """Save under another name; what is done from then on is done to the new file."""
        self.files[path].storeAsURL(uno.systemPathToFileUrl(new), said(FilterName=XLSX))
        self.files[new] = self.files.pop(path)

    def close(self, path: str) -> None:
        """Close without saving."""
        document = self.files.pop(path)
        document.setModified(False)
        document.close(True)

    def close_all(self) -> None:
        for path in list(self.files):
            self.close(path)

    # In a sheet

    def sheet(self, path: str, sheet: str) -> Any:
        found = self.files[path].Sheets.getByName(sheet)
        self.files[path].CurrentController.setActiveSheet(found)
        return found

    def choose(self, path: str, sheet: str, area: str) -> None:
        """Mark cells, or whole rows such as `4:6`."""
        self.files[path].CurrentController.select(self.sheet(path, sheet).getCellRangeByName(area))

    def press(self, path: str, command: str, **values: Any) -> None:
        """Choose from the menu."""
        frame = self.files[path].CurrentController.Frame
        self.dispatcher.executeDispatch(frame, f".uno:{command}", "", 0, said(**values))

    def at(self, path: str, sheet: str, area: str, command: str) -> None:
        """Mark cells and choose from the menu."""
        self.choose(path, sheet, area)
        self.press(path, command)

    def type(self, path: str, sheet: str, cell: str, text: str) -> None:
        """Type into a cell and press Enter."""
        self.choose(path, sheet, cell)
        self.press(path, "EnterString", StringName=text)

    def paste(self, path: str, sheet: str, area: str, to: str) -> None:
        """Copy cells or rows and paste them."""
        self.at(path, sheet, area, "Copy")
        self.at(path, sheet, to, "Paste")

    def filter(self, path: str, sheet: str, area: str, column: int, text: str) -> None:
        """Choose one value in the arrow of a column; *area* is what the arrows belong to."""
        found = self.sheet(path, sheet).getCellRangeByName(area)
        wanted = TableFilterField()
        wanted.Connection, wanted.Operator, wanted.IsNumeric = AND, EQUAL, False
        wanted.Field, wanted.StringValue = column - 1, text
        chosen = found.createFilterDescriptor(True)
        chosen.ContainsHeader = True
        chosen.setFilterFields((wanted,))
        found.filter(chosen)

    def sort(self, path: str, sheet: str, area: str, column: int, descending: bool) -> None:
        """Choose to sort in the arrow of a column."""
        by = TableSortField()
        by.Field, by.IsAscending = column - 1, not descending
        fields = uno.Any("[]com.sun.star.table.TableSortField", (by,))
        found = self.sheet(path, sheet).getCellRangeByName(area)
        uno.invoke(found, "sort", (said(SortFields=fields, ContainsHeader=True),))

    def comment(self, path: str, sheet: str, cell: str, text: str) -> None:
        found = self.sheet(path, sheet)
        found.Annotations.insertNew(found.getCellRangeByName(cell).CellAddress, text)

    def paint(self, path: str, sheet: str, cell: str, colour: int) -> None:
        found = self.sheet(path, sheet).getCellRangeByName(cell)
        found.CellBackColor, found.CharWeight = colour, 150.0

    def chart(self, path: str, sheet: str, area: str) -> None:
        found = self.sheet(path, sheet)
        place = Rectangle(1000, 6000, 9000, 6000)
        found.Charts.addNewByName("chart", place, (found.getCellRangeByName(area).RangeAddress,), True, True)

    def add_sheet(self, path: str, name: str) -> None:
        self.files[path].Sheets.insertNewByName(name, self.files[path].Sheets.Count)

    # What is seen

    def rows(self, path: str, sheet: str) -> "list[list[str | float]]":
        """Return what the cells hold, from row 1 on: '' for an empty one, days since 1899-12-30 for a date."""
        found = self.files[path].Sheets.getByName(sheet)
        cursor = found.createCursor()
        cursor.gotoEndOfUsedArea(False)
        end = cursor.RangeAddress
        area = found.getCellRangeByPosition(0, 0, end.EndColumn, end.EndRow)
        return [list(row) for row in area.getDataArray()]

    def shown(self, path: str, sheet: str, cell: str) -> str:
        """Return what a cell shows."""
        shown: str = self.files[path].Sheets.getByName(sheet).getCellRangeByName(cell).String
        return shown

    def look(self, path: str, sheet: str) -> "dict[str, Any]":
        """Return how a sheet looks, beside what its cells say."""
        document, found = self.files[path], self.sheet(path, sheet)
        cursor = found.createCursor()
        cursor.gotoEndOfUsedArea(False)
        end = cursor.RangeAddress
        controller = document.CurrentController
        return {
            "sheets": list(document.Sheets.ElementNames),
            "hidden sheets": [each.Name for each in document.Sheets if not each.IsVisible],
            "properties": {
                each.Name: str(document.DocumentProperties.UserDefinedProperties.getPropertyValue(each.Name))
                for each in document.DocumentProperties.UserDefinedProperties.PropertySetInfo.Properties
                if each.Name != "AppVersion"
            },
            "names": {each.Name: each.Content for each in document.NamedRanges},
            "frozen": [controller.SplitColumn, controller.SplitRow] if controller.hasFrozenPanes() else [],
            "hidden rows": [
                at + 1 for at in range(end.EndRow + 1) if not found.Rows.getByIndex(at).IsVisible
            ],
            "hidden columns": [
                at + 1 for at in range(end.EndColumn + 1) if not found.Columns.getByIndex(at).IsVisible
            ],
            "widths": [found.Columns.getByIndex(at).Width for at in range(end.EndColumn + 1)],
            "conditions": sorted(
                f"{each.Range.RangeAddressesAsString} {each.getByIndex(0).Formula1}"
                for each in found.ConditionalFormats.ConditionalFormats
                if hasattr(each.getByIndex(0), "Formula1")
            ),
            "choices": [
                found.getCellByPosition(column, 2).Validation.getFormula1()
                for column in range(end.EndColumn + 1)
            ],
            "comments": {each.Position.Row + 1: each.String for each in found.Annotations},
            "charts": [each.Ranges[0].EndRow + 1 for each in found.Charts],
            "colours": {
                f"{row + 1},{column + 1}": found.getCellByPosition(column, row).CellBackColor
                for row in range(min(end.EndRow + 1, 8))
                for column in range(end.EndColumn + 1)
            },
        }


def connected(pipe: str, office: "subprocess.Popen[bytes]") -> Any:
    """Wait until LibreOffice answers."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if office.poll() is not None or time.monotonic() > patience:
                raise
            time.sleep(0.05)


def started(profile: Path, pipe: str) -> "subprocess.Popen[bytes]":
    """Start LibreOffice with a profile of its own."""
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
    words = ["--headless", "--norestore", "--nologo", "--nodefault", "--nofirststartwizard"]
    return subprocess.Popen(
        ["soffice", *words, f"-env:UserInstallation={profile.as_uri()}", f"--accept=pipe,name={pipe};urp;"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def answered(line: "dict[str, Any]") -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    pipe = f"deskbook-{os.getpid()}"
    office = started(Path(json.loads(sys.stdin.readline())["profile"]), pipe)
    hands = Hands(connected(pipe, office))
    answered({"answer": None})
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answered({"answer": getattr(hands, command.pop("verb"))(**command)})
        except DisposedException:
            raise
        except Exception as fault:  # noqa: BLE001 — whatever it is, the test is told
            answered({"fault": f"{type(fault).__name__}: {fault}"})
    hands.close_all()
    with suppress(DisposedException):
        hands.desktop.terminate()
    office.wait(PATIENCE)


if __name__ == "__main__":
    main()
