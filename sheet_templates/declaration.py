"""What the loaders of declarations (forms, rules, words) have in common: one error with all faults."""

from collections.abc import Iterable


class DeclarationError(ValueError):
    """A declaration is broken: says every fault, not only the first one.

    A wrong declaration is the administrator's or the developer's to mend before anything starts; what
    people type into cells never raises it.
    """

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        """One sentence each, beginning with file and path: `customer.toml: fields[3].type: …`."""
        super().__init__("\n".join(self.faults))
