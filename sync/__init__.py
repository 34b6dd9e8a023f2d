"""The engine: what people save in their desks becomes one store transaction, and comes back to every desk.

One edited cell, in order:

1. `daemon` hears of a change, or finds it by a scan (`rounds`); `edges.xlsx` reads the file: `DeskCopy`. Whose
   it is say `places` and `whose`; files that are gone are looked for by `absent` and `moves`.
2. `identity` says which record each row is; `merge` decides each cell against what the copy was rendered
   from and what the store holds.
3. `ownership` keeps the edits that the desk may make, `validate` those that fit the form.
4. `consequences` applies the rules until nothing more follows: computed fields, numbers, approval chains,
   transfers, notices.
5. `cycle` puts all of it into one `Commit`; `edges.store` carries it out in one transaction.
6. `projection` says what each desk concerned must show, `placement` which cells that means, and
   `publish` writes them; `mailroom` and `outbox` tell people.

Everything before the commit is pure and may run again; everything after it comes from durable queues and may
be repeated. `ports` is the outside world as the engine sees it; `edges/` is the outside world. Start reading
at `cycle.Cycle.run`.
"""
