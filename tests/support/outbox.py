"""An outbox in memory."""

import datetime as dt
from dataclasses import replace

from sync.ports import Message, MessageState


class MemoryOutbox:
    """Fulfils `sync.outbox.Outbox`; keeps what was marked, in order."""

    def __init__(self, *messages: Message) -> None:
        self.kept = {each.key: each for each in messages}
        self.marks: list[tuple[str, MessageState]] = []

    def messages(self, state: MessageState | None = None) -> tuple[Message, ...]:
        return tuple(each for each in self.kept.values() if state is None or each.state is state)

    def mark(
        self, key: str, state: MessageState, *, tries: int, due: dt.datetime | None = None, detail: str = ""
    ) -> None:
        self.kept[key] = replace(self.kept[key], state=state, tries=tries, due=due, detail=detail)
        self.marks.append((key, state))

    def states(self) -> dict[str, MessageState]:
        return {key: each.state for key, each in self.kept.items()}
