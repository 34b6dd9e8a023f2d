"""A company's fortnight on real records: what Deskbook does, seen from the chairs of the people who use it.

`records` reads the public records, `dates` moves them to the last month end, `company` and `deals` turn them into
the registers that the company would have kept; `plan` says which opportunity begins, is won or is lost on which day.
`seat` is a person at a real workbook, `house` says who sits where. What people do: `reps` (`prospects`, `selling`,
`claims`), `reviews` (who signs) and `departments`; `mishaps` goes wrong. `days` lives one day after the other,
`office` is the daemon in between: the real one, only its calendar is moved by hand. Start reading at `fortnight`.
"""
