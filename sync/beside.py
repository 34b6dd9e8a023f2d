"""Puts notes beside the desks whose files cannot be read or written, and takes away those that are over."""

from dataclasses import dataclass
from pathlib import PurePath

from sync.engine import Engine
from sync.log import Log


@dataclass(slots=True, kw_only=True)
class Beside:
    """What the notes beside the desks say."""

    engine: Engine
    log: Log
    noted: dict[PurePath, str | None] | None = None
    """What stands in which place. None: not looked at yet."""
    noted_at: int = -1
    """How often the engine had committed when they were put."""

    def put(self) -> None:
        """Put notes beside the files that are not written, and take away those that are no longer true."""
        stands = self.engine.notes.commits
        if self.noted is not None and self.noted_at == stands:
            return
        noted = dict(self.noted or {})
        desks = self.engine.desks()
        beside = list(self.engine.notes.beside(desks))
        places = {path.with_name(name) for path, name, _ in beside}
        if self.noted is None:
            # The workspace may have spoken another language when it last ran.
            former = self.engine.notes.former(desks)
            beside.extend((path, name, None) for path, name in former if path.with_name(name) not in places)
        # A note that stayed where a desk was before it moved.
        beside.extend((each, each.name, None) for each, said in noted.items() if said and each not in places)
        for path, name, said in beside:
            place = path.with_name(name)
            if place in noted and noted[place] == said:
                continue
            try:
                self.engine.workbooks.note(path, name, said)
            except OSError as error:
                self.log.warning("a note could not be put", file=str(place), why=str(error))
                continue
            noted[place] = said
        self.noted, self.noted_at = noted, stands
