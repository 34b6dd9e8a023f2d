"""Desks that are Google spreadsheets, behind the same port as the folder of workbooks.

What the engine reads is a *snapshot*: what a spreadsheet holds, as canonical bytes with a hash, kept among the
versions like any file (`snapshot`, `answer`, `read`). `mirror` has the latest snapshot of every desk and asks Google
what changed, within a budget (`pace`); the engine reads the mirror. A patch becomes the snapshot that is expected
(`lay`), and requests that make it so (`wire`), inside a lock that only we can pass (`guards`), step by step (`write`).
`make` makes a new spreadsheet: `model` is what the workbook's template has, `dress` how it looks (`looks`, `offers`),
`marking` what tells it from others. Whatever needs Google is an errand (`errands`), run by the thread that follows
Google (`follow`). `line` is the only module that imports gspread. Start reading at `desks.GoogleDesks`;
`sync.edges.either` puts it beside the folder.
"""
