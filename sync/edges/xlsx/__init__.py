"""Desks as xlsx files: reading them as they are, and putting values into them without touching the rest.

A workbook is a zip of XML parts. Nobody's file is ever loaded and saved by a library here: openpyxl and its
like drop charts, sparklines, in-cell pictures and rich text. We read values, and we patch bytes.

Reading (`read`): `archive` opens the zip within limits and refuses what is not a sound package; `package`
says in words what else the file is (a password, an .xls, a page of HTML, half a file) and finds the sheets
and the names; `layout` finds which sheet is which form and which column which field (key row, then defined
names, then labels); python-calamine (`grid`) gives the values; `special` adds what it does not tell, formulas
and errors, and says before how much room a sheet would take: a reference far away, or a count that lies, would
take all memory.

Writing (`patch` for desks, `put` for any workbook): `sheetxml` finds rows and cells as bytes, `rowxml` replaces
only the cells concerned, `cellxml` writes a value as a cell, `shared` and `formula` hand on the formulas that other
cells share, `ranges` lets tables, filters and rules grow with appended rows, `traces` writes the render's id,
`calc` keeps formulas sound. All other members of the zip are copied as they are, compressed. `harm` says what must
not be overwritten: such a cell is left and told. Before a patched file is published it is read again (`proof`).

Shape (`shape`): what a desk lacks of its template is put in place before values are written. `model` is the
workbook as the template makes it now; `columns` puts columns into a sheet, where `room` finds that they have
room, `tabs` sheets into the package, `offers` lists into drop-downs; `dress` takes styles over, `elements` finds
what stands beside the rows.

On disk (`folder`): `busy` knows who has a file open, `versions` keeps every version by content hash before
it is parsed or replaced, `replace` publishes in steps that a crash may stop anywhere, `rights` tells whether
others may write where a desk lies.

Whether a problem may pass by itself is told by its key: `file.half_written`, `file.empty`, `file.missing` and
`file.denied` are worth another look in a while; all others wait for a person.
"""
