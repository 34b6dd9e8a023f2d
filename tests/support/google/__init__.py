"""Google Sheets and Drive on 127.0.0.1, for tests: real HTTP, real login, nobody's account.

    from tests.support.google.emulator import google_emulator

    with google_emulator(tmp_path, clock=FakeClock()) as google:
        client = google.point(gspread.service_account(google.service_account_file))   # gspread as it is
        book = client.create("Desk of Anna")
        book.share("anna@firm.example", perm_type="user", role="writer", notify=False)
        anna = google.person("anna@firm.example").open(book.id)
        anna.type("Sheet1!B3", "1,234.50")                # typed, so it becomes a number
        anna.type("Sheet1!A5", ["a", "b"], ["c", "d"])    # rows
        anna.insert_rows("Sheet1", before=3, count=2); anna.sort("Sheet1!A2:C9", "B"); anna.copy("Sheet1!A2:C2", "Sheet1!A9")
        assert anna.see("Sheet1!B5") == [["1,234.50"]]    # what she sees; people.NotAllowed is what she may not

What `google` has:

- `base` (http://127.0.0.1:port), `service_account_file`, `service_account_mail`; `service_account(name)` makes another one;
  `point(client)` takes a gspread client, its HTTP client or a requests session and mounts an adapter on it.
- `clock`: the clock handed in. Tokens (an hour), quotas (a minute) and modifiedTime follow it; it moves only when the test
  moves it, so more than 60 reads need `clock.step(minutes=1)`, or `google_emulator(..., unlimited=True)`, or a `quota=Quota(...)`.
- `person(mail)`: `.open(spreadsheet_id)` gives hands (`people.Hand`); `.share`, `.unshare`, `.copy`, `.move`, `.lock`, `.trash`, `.delete` files.
- `fault(on, ...)`: the next requests whose operation matches *on* go wrong. *on* is a pattern over the names in `routes.py`
  (`spreadsheets.values.*`, `spreadsheets.batchUpdate`, `drive.files.get`, `token`, `*`). One of
  `status=503` (+ `html=True`, `retry_after=7`, `message=`, `reason=` for Drive's style, `applied=True`: done, but answered so),
  `line=Line.DROP_BEFORE | DROP_AFTER | HANG_BEFORE | HANG_AFTER | HALF | CUT` (`faults.Line` says what each does),
  `seconds=2.5` (late); `times=`, `skip=`. `well()` ends all trouble. `with google.out_of_reach():` refuses all connections. `tokens.revoke()` makes every token worthless (401);
  `world.accounts[mail].disabled = True` refuses new ones.
- `when(on, first=..., then=...)`: let somebody act between our requests: *first* before a matching request is applied,
  *then* after it is applied and before it is answered.
- `seen`: every request (`asked.Seen`: operation, code, mail, body), to be counted. `quota.used("Read", mail)`.
- `file(id)` (name, trashed, locked, permissions, content …), `put_file(...)` (somebody's .xlsx in Drive),
  `shared_drive(name, members)`.
- `rules`: what Google leaves open, or what differs: `metadata_follows_a_sort` (test with both), `modified_time_lags`,
  `unlisted` and `searched_partly` (lists of files that are not whole),
  `service_account_has_storage` (False: only shared drives, as for accounts made since 2025).

What is not modelled answers 501 and names itself. Formulas: arithmetic, references, text, SUM, HYPERLINK; a formula with any
other function is refused with 501 when it is entered. References follow inserted and deleted lines; sorting, cutting and dragging
are refused with 501 where a formula refers to cells.
A bug of the emulator is a 500, and fails the test at the end of the block.

Order of the modules: `errors`, `clock`, `ranges`, `book` (the model) → `numberformat`, `typed`, `formula`, `values`, `protection`,
`looks`, `masks`, `filters` (developer metadata), `view` → `change`, `batch_*`, `batch` → `drive`, `theme`, `world` → `asked`, `sheets_api`,
`values_api`, `query`, `export`, `drive_api`, `permissions_api`, `routes` → `tokens`, `scopes`, `quota`, `faults`, `checks`, `people`, `server`, `emulator`.
"""
