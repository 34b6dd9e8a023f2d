"""The store on SQLite or PostgreSQL: where the truth is kept.

`sql` is what the rest sees: `open_store` and `SqlStore`, each of whose methods is one transaction over the
tables. What happens in a transaction is written down by noun, in functions that take its connection:

- `records`   records, and the index by which they are found (`held` says by what, and how it is compared)
- `journal`   the append-only journal and the counters of number series (`chain`: its hashes, pure)
- `signing`   runs through chains of approval, and decisions
- `desks`     what is known of desks' files, what saves delivered, nicknames, rows that wait to be shown
- `renders`   what each written version of a desk showed, `thinning` forgets the old ones
- `waiting`   drafts, problems, conflicts
- `outbox`    notices, messages, and which job ran for which period

Below them: `tables` (as they are), `migrations` (how they came to be), `schema` (opening, and what is
refused), `place` (no store on a share), `database` (connections and transactions), `codec` (values as JSON)
and `errors`. `digest` gives one hash for all of it: two stores that hold the same have the same hash.

How to look into a store with a shell, and how to back it up, is in `docs/store.md`.
"""
