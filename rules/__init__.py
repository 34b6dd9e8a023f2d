"""What should happen: checks, approval chains, transfers between departments, reminders. It decides, it never acts.

A rule is declared in TOML (`book/*.toml`, and a company's own) and names the policy clause it carries out.
`load` reads the book and checks every name in it against the forms, roles, limits and words; from then on a
rule cannot fail for a reason that its author could have known.

`apply.apply` takes what happened to one record and returns what the rules want done: effects (values to set,
records to create, people to tell, decisions to enter or void) and problems. It is pure: the cycle in `sync`
carries the effects out, in the one transaction of the change that caused them. `apply.daily` does the same
for what only the passing of time brings.

To read: `rule` (the nouns) → `apply` (the order of things) → `chain` (sign-off). To add one without Python:
docs/add-a-rule.md.
"""
