"""Desks that are Google spreadsheets, behind the same port as the folder of workbooks.

What the engine reads is a *snapshot*: what a spreadsheet holds, as canonical bytes with a hash, kept among the
versions like any file (`snapshot`, `answer`, `read`). `mirror` has the latest snapshot of every desk and asks Google
what changed, within a budget (`pace`); the engine reads the mirror. A patch becomes the snapshot that is expected
(`lay`), and requests that make it so (`wire`), inside a lock that only we can pass. `dress` makes a new spreadsheet
as the workbook's template would have it. `line` is the only module that imports gspread. Start reading at
`desks.GoogleDesks`; `sync.edges.either` puts it beside the folder.
"""
