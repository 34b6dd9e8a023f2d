import datetime as dt
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise

import pytest

from sync.edges.store.sql import open_store
from sync.outbox import CUT_SHORT, PATIENCE, Delivered, Patience, deliver_all
from sync.ports import Attachment, Message, MessageState, Sent
from tests.support.clock import FakeClock
from tests.support.outbox import MemoryOutbox


class Postbox:
    """Fulfils `sync.ports.Mailer`: answers as told, and counts what would have arrived."""

    def __init__(
        self, answer: Callable[[Message], Sent] = lambda _: Sent.SENT, *, idempotent: bool = False
    ) -> None:
        self.idempotent = idempotent
        self.answer = answer
        self.offered: list[str] = []
        self.arrived: list[str] = []
        self.closed = 0

    def deliver(self, message: Message, at: dt.datetime) -> tuple[Sent, str]:
        self.offered.append(message.key)
        sent = self.answer(message)
        if sent is Sent.SENT and not (self.idempotent and message.key in self.arrived):
            self.arrived.append(message.key)
        return sent, f"answered {sent}"

    def close(self) -> None:
        self.closed += 1


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def message(key: str, **given: object) -> Message:
    return Message(key=key, to="a@b.c", subject="s", text="t", html="", **given)  # type: ignore[arg-type]


def test_what_waits_is_delivered_oldest_first_and_never_again(clock):
    outbox, postbox = MemoryOutbox(message("a"), message("b")), Postbox()

    counts = [deliver_all(outbox, postbox, clock, limit=10) for _ in range(3)]

    assert counts == [Delivered(sent=2), Delivered(), Delivered()]
    assert postbox.arrived == ["a", "b"]
    assert outbox.marks[:2] == [("a", MessageState.SENDING), ("a", MessageState.SENT)]


def test_a_round_ends_at_its_limit_and_closes_the_connection(clock):
    outbox, postbox = MemoryOutbox(*(message(str(each)) for each in range(5))), Postbox()

    assert deliver_all(outbox, postbox, clock, limit=2) == Delivered(sent=2)

    assert postbox.arrived == ["0", "1"]
    assert postbox.closed == 1


def test_what_is_not_due_yet_is_not_offered(clock):
    outbox = MemoryOutbox(
        message("a", due=clock.now() + dt.timedelta(seconds=1)), message("b", due=clock.now())
    )
    postbox = Postbox()

    deliver_all(outbox, postbox, clock, limit=10)

    assert postbox.offered == ["b"]


def test_a_server_that_is_down_is_asked_less_and_less_often_and_given_up_after_five_days(clock):
    outbox, postbox, begun, tried = MemoryOutbox(message("a")), Postbox(lambda _: Sent.LATER), clock.now(), []
    while outbox.kept["a"].state is MessageState.PENDING:
        if deliver_all(outbox, postbox, clock, limit=10):
            tried.append(clock.now())
        clock.step(minutes=1)

    pauses = [(later - sooner) // dt.timedelta(minutes=1) for sooner, later in pairwise(tried)]
    assert pauses[:7] == [1, 2, 5, 15, 30, 60, 60]
    assert dt.timedelta(days=4, hours=12) < tried[-1] - begun < dt.timedelta(days=5, hours=12)
    assert len(tried) == PATIENCE.tries
    assert outbox.states() == {"a": MessageState.FAILED}
    assert outbox.kept["a"].detail == "answered later"


def test_a_message_leaves_as_soon_as_the_server_is_back(clock):
    answers = iter([Sent.LATER, Sent.LATER, Sent.SENT])
    outbox, postbox = MemoryOutbox(message("a")), Postbox(lambda _: next(answers))

    for _ in range(3):
        deliver_all(outbox, postbox, clock, limit=1)
        clock.step(minutes=2)

    assert postbox.arrived == ["a"]
    assert outbox.kept["a"].tries == 3


def test_one_message_that_is_refused_or_lost_holds_up_no_other(clock):
    answers = {"a": Sent.REFUSED, "b": Sent.UNKNOWN, "c": Sent.LATER, "d": Sent.SENT}
    outbox = MemoryOutbox(*map(message, answers))

    counts = deliver_all(outbox, Postbox(lambda each: answers[each.key]), clock, limit=10)

    assert counts == Delivered(sent=1, later=1, unknown=1, failed=1)
    assert outbox.states() == {
        "a": MessageState.FAILED,
        "b": MessageState.UNKNOWN,
        "c": MessageState.PENDING,
        "d": MessageState.SENT,
    }


@pytest.mark.parametrize("arrives", [True, False])
def test_a_delivery_cut_short_by_a_crash_is_unknown_and_never_repeated(clock, arrives):
    outbox, postbox = MemoryOutbox(message("a"), message("b")), Postbox()

    def die(each: Message) -> Sent:
        if arrives:
            postbox.arrived.append(each.key)
        raise Killed

    postbox.answer = die
    with pytest.raises(Killed):
        deliver_all(outbox, postbox, clock, limit=10)
    postbox.answer = lambda _: Sent.SENT
    counts = deliver_all(outbox, postbox, clock, limit=10)

    assert counts == Delivered(sent=1, unknown=1)
    assert postbox.arrived == (["a", "b"] if arrives else ["b"])
    assert (outbox.kept["a"].state, outbox.kept["a"].detail) == (MessageState.UNKNOWN, CUT_SHORT)


def test_a_delivery_cut_short_is_repeated_where_that_does_no_harm(clock):
    outbox, postbox = (
        MemoryOutbox(message("a", state=MessageState.SENDING, tries=1)),
        Postbox(idempotent=True),
    )
    postbox.arrived.append("a")

    assert deliver_all(outbox, postbox, clock, limit=10) == Delivered(sent=1)
    assert postbox.arrived == ["a"]
    assert outbox.states() == {"a": MessageState.SENT}


def test_the_connection_is_closed_even_when_the_round_breaks(clock):
    def break_(_: Message) -> Sent:
        raise RuntimeError

    postbox = Postbox(break_)
    with pytest.raises(RuntimeError):
        deliver_all(MemoryOutbox(message("a")), postbox, clock, limit=10)

    assert postbox.closed == 1


def test_patience_ends():
    patience = Patience(pauses=(dt.timedelta(seconds=1), dt.timedelta(seconds=5)), tries=4)
    at = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)

    waits = [patience.due(tries, at) for tries in range(1, 5)]

    assert [each and (each - at).seconds for each in waits] == [1, 5, 5, None]


def test_a_process_that_dies_in_the_middle_never_sends_twice_whatever_the_store_is_told_next(clock, tmp_path):
    url = f"sqlite:///{tmp_path / 'deskbook.db'}"
    picture = Attachment(name="chart.png", mime="image/png", content=b"\x89PNG", cid="chart")
    postbox = Postbox()

    def die_on_the_second(each: Message) -> Sent:
        if each.key == "b":
            raise Killed
        return Sent.SENT

    with closing(open_store(url, {})) as store:
        store.post([message("a"), message("b", attachments=(picture,)), message("c")])
        postbox.answer = die_on_the_second
        with pytest.raises(Killed):
            deliver_all(store, postbox, clock, limit=10)
    postbox.answer = lambda _: Sent.SENT
    with closing(open_store(url, {})) as store:
        store.post([message("a"), message("b"), message("c")])  # the cycle that was cut off posts once more
        counts = deliver_all(store, postbox, clock, limit=10)
        kept = {each.key: each for each in store.messages()}

    assert counts == Delivered(sent=1, unknown=1)
    assert postbox.arrived == ["a", "c"]
    assert postbox.offered == ["a", "b", "c"]
    assert (kept["b"].state, kept["b"].tries, kept["b"].attachments) == (MessageState.UNKNOWN, 1, (picture,))


def test_what_a_real_store_keeps_waiting_leaves_when_it_is_due(clock, tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path / 'deskbook.db'}", {})) as store:
        store.post([message("a")])
        first = deliver_all(store, Postbox(lambda _: Sent.LATER), clock, limit=10)
        clock.step(seconds=59)
        early = deliver_all(store, Postbox(), clock, limit=10)
        clock.step(seconds=1)
        in_time = deliver_all(store, Postbox(), clock, limit=10)

    assert (first, early, in_time) == (Delivered(later=1), Delivered(), Delivered(sent=1))
