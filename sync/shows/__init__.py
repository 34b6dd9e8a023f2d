"""What commands show: what the store and the engine found, said in the workspace's language with labels and names.

`voice` says single things as people know them, `problems` what must be mended and where, `history` what was
changed by whom; `plan` (a dry run, a workbook that is checked), `standing` (how things stand) and `deeds`
(what was just done) put them together. Nothing here decides or changes anything.
"""
