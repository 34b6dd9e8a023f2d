"""What a form is, and what people's cells mean. The bottom of Deskbook: imports none of the other packages.

What is here:

- `forms/*.toml`, `roles.toml`, `limits.toml`, `words/*.toml`: the declarations. One file a form; a company's
  workspace may add to them or override them.
- `form`, `record`: the nouns. Form, Field, Desk; Record, Value, Change, Problem, Text.
- `load` (with `form_reader`, `form_check`, `declaration`), `role`, `words`: the only readers of the
  declarations. A broken one raises a DeclarationError with all faults, each with file and path.
- `expression` (with `scope`, `context`, `evaluate`, `functions`): the small language of views, defaults and
  computed fields, and of the rules.
- `value` (with `cell`, `numeral`, `moment`, `link`): one cell ⇄ one value, by the field's type. `match`:
  labels and texts compared across scripts, widths and cases.
- `schema`: a form as a pandera schema, for what is allowed of a record's values.
- `template`: the workbook that a desk starts from. `page`: the documentation pages in `docs/forms`.

How a cell flows: the edge reads it as it stands (`record.Cell`) → `value.parse` gives a Value, or a Problem that
says how to mend it → `schema.check_rows` looks at all changed records of a form at once → the store keeps
`value.dump` → `value.shown` gives what the cells of every desk show, each in its language.

Where to start: one form (`forms/order.toml`), then `form.py`, then `value.py`.
"""
