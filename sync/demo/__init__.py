"""A company's fortnight on real records: what Deskbook does, seen from the chairs of the people who use it.

`records` reads the public records, `dates` moves their dates, `company` turns them into the registers that the
company would have kept. `seat` is a person at a real workbook, `cast` who sits where, `story` what they do on
which day, and `fortnight` lives it: the daemon is the real one, only its clock is moved by hand.
"""
