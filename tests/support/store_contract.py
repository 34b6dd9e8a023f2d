"""What every store promises (`sync.ports.Store`), promise by promise."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import PurePath
from typing import Any

import pytest

from rules.effect import Verdict
from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import RecordId, Severity, State, text
from sync.edges.store.chain import link, verify_journal
from sync.edges.store.digest import Whole, store_hash
from sync.edges.store.errors import Contradiction
from sync.ports import (
    Attachment,
    Hash,
    KnownFile,
    MessageState,
    RenderId,
    Store,
)
from tests.support.store_samples import (
    AT,
    FILE,
    FINANCE,
    LATER,
    WANG,
    cell,
    commit,
    conflict,
    customer,
    decision,
    draft,
    entry,
    everything,
    ingest,
    message,
    notice,
    number_given,
    order,
    problem,
    render,
    run,
)

C, O = FormKey("customer"), FormKey("order")  # noqa: E741
NAME, OWNER, TAX_NO = FieldKey("name"), FieldKey("owner"), FieldKey("tax_no")


class FullStore(Store, Whole):
    """A store that can also say all of its truth at once."""


class StoreContract:
    """A subclass gives two fixtures: `store`, empty, for the forms of `store_samples`; and `reopen`, which
    returns the store as the next start of the program finds it.
    """

    # Records

    def test_an_empty_store_knows_nothing(self, store: FullStore):
        assert store.get(C, RecordId("c1")) is None
        assert store.numbered(C, "C-1") is None
        assert store.holding(C, NAME, "王記") == ()
        assert tuple(store.every(C)) == ()
        assert tuple(store.journal()) == ()
        assert store.head() == (0, "")
        assert store.run(O, RecordId("o1")) is None
        assert store.decisions(O, RecordId("o1")) == ()
        assert tuple(store.open_runs()) == ()
        assert store.count("C") == 0
        assert store.file(WANG) is None
        assert not store.ingested(Hash("aa"))
        assert store.latest(WANG) is None
        assert store.base(WANG, RenderId("r1")) is None
        assert store.delivered(RenderId("r1")) == {}
        assert store.drafts(WANG) == {}
        assert store.problems() == store.problems(WANG) == ()
        assert store.conflicts() == store.conflicts(WANG) == ()
        assert store.nickname(WANG, C, "新1") is None
        assert store.dirty(WANG) == ()
        assert store.waiting_desks() == ()
        assert store.notices() == ()
        assert store.messages() == ()
        assert not store.ran("report", "2026-10")

    def test_a_record_comes_back_with_every_kind_of_value(self, store, reopen):
        kept = customer(
            "c1",
            "C-0001",
            version=3,
            state=State.RETURNED,
            name="王記「貿易」\n有限公司 ''\"\\",
            owner="P-0007",
            tax_no=Decimal("12345678901234567890.10"),
            budget=Decimal("-0.00"),
            founded=dt.date(1999, 12, 31),
            opens=dt.time(9, 30, 15, 1),
            known=True,
        )
        store.commit(commit(records=(kept,)))
        found = reopen(store).get(C, RecordId("c1"))

        assert found == kept
        assert {key: (type(value), str(value)) for key, value in found.values.items()} == {
            key: (type(value), str(value)) for key, value in kept.values.items()
        }

    def test_a_moment_keeps_its_offset(self, store):
        store.commit(commit(records=(customer("c1"),), entries=(entry(),)))
        found = store.get(C, RecordId("c1"))

        assert (found.created_at, found.changed_at) == (AT, LATER)
        assert found.created_at.utcoffset() == dt.timedelta(hours=8)
        assert next(iter(store.journal())).entry.at.isoformat() == AT.isoformat()

    def test_a_new_version_replaces_the_whole_record(self, store):
        store.commit(commit(records=(customer("c1", "C-1", name="王記", owner="P-1"),)))
        store.commit(commit(records=(customer("c1", "C-1", name="王氏", version=2),)))

        assert store.get(C, RecordId("c1")) == customer("c1", "C-1", name="王氏", version=2)
        assert tuple(store.every(C)) == (customer("c1", "C-1", name="王氏", version=2),)

    def test_of_two_versions_in_one_commit_the_later_counts(self, store):
        store.commit(commit(records=(customer("c1", name="王記"), customer("c1", name="王氏", version=2))))

        assert store.get(C, RecordId("c1")).version == 2
        assert store.holding(C, NAME, "王記") == ()
        assert len(store.holding(C, NAME, "王氏")) == 1

    def test_one_id_may_stand_in_two_forms(self, store):
        store.commit(commit(records=(customer("x", "C-1"), order("x", "O-1"))))

        assert store.get(C, RecordId("x")).number == "C-1"
        assert store.get(O, RecordId("x")).number == "O-1"

    def test_what_was_given_may_be_changed_afterwards_without_harm(self, store):
        values = {NAME: "王記"}
        shows = {NAME: "王記"}
        store.commit(commit(records=(replace(customer("c1"), values=values),)))
        store.prepare(replace(render("r1", None, {}), rows={(C, RecordId("c1")): shows}))
        values[NAME] = shows[NAME] = "forged"

        assert store.get(C, RecordId("c1"))["name"] == "王記"
        assert store.base(WANG, RenderId("r1")) == {(C, RecordId("c1")): {NAME: "王記"}}

    def test_a_record_is_found_by_its_number_in_its_form_only(self, store):
        store.commit(commit(records=(customer("c1", "N-1"), order("o1", "N-2"))))

        assert store.numbered(C, "N-1").id == "c1"
        assert store.numbered(C, "N-2") is None
        assert store.numbered(C, "n-1") is None

    def test_records_without_a_number_are_not_found_by_an_empty_one(self, store):
        store.commit(commit(records=(customer("c1"), customer("c2"))))

        assert store.numbered(C, "") is None

    def test_a_number_that_was_given_up_finds_nothing_and_may_be_given_again(self, store):
        store.commit(commit(records=(customer("c1", "N-1"),)))
        store.commit(commit(records=(customer("c1", "N-2"), customer("c2", "N-1"))))

        assert store.numbered(C, "N-1").id == "c2"
        assert store.numbered(C, "N-2").id == "c1"

    def test_a_number_given_twice_in_a_form_is_refused_and_nothing_is_changed(self, store):
        store.commit(commit(records=(customer("c1", "N-1"), order("o1", "N-1"))))
        with pytest.raises(Contradiction):
            store.commit(commit(records=(customer("c2", "N-2"), customer("c3", "N-1")), entries=(entry(),)))

        assert [each.id for each in store.every(C)] == ["c1"]
        assert store.numbered(C, "N-2") is None
        assert store.head() == (0, "")

    def test_a_record_of_an_unknown_form_is_refused(self, store):
        with pytest.raises(Contradiction):
            store.commit(commit(records=(replace(customer("c1"), form=FormKey("nothing")),)))

    def test_all_records_come_in_order_of_creation_whatever_changes(self, store, reopen):
        store.commit(commit(records=(customer("z"), customer("a"))))
        store.commit(commit(records=(customer("m"), customer("z", version=2))))

        assert [each.id for each in reopen(store).every(C)] == ["z", "a", "m"]

    def test_a_unique_text_is_found_folded(self, store):
        store.commit(commit(records=(customer("c1", name="ＡＢＣ 貿易"), customer("c2", name="王記"))))

        assert [each.id for each in store.holding(C, NAME, "abc贸易")] == ["c1"]
        assert store.holding(C, NAME, "abc") == ()

    def test_texts_that_fold_to_nothing_are_not_the_same(self, store):
        store.commit(commit(records=(customer("c1", name="*"), customer("c2", name="..."))))

        assert [each.id for each in store.holding(C, NAME, "*")] == ["c1"]

    def test_a_long_unique_text_is_found(self, store):
        long = "很長的名字" * 2000
        store.commit(commit(records=(customer("c1", name=long), customer("c2", name=long + "！"))))

        assert [each.id for each in store.holding(C, NAME, long)] == ["c1"]

    def test_a_unique_number_is_found_by_its_value(self, store):
        store.commit(
            commit(records=(customer("c1", tax_no=Decimal("100.50")), customer("c2", tax_no=Decimal(0))))
        )

        assert [each.id for each in store.holding(C, TAX_NO, Decimal("100.5"))] == ["c1"]
        assert [each.id for each in store.holding(C, TAX_NO, Decimal("0.00"))] == ["c2"]

    def test_links_and_persons_are_found_by_number_oldest_first(self, store):
        store.commit(
            commit(
                records=(customer("z", owner="P-1"), customer("a", owner="P-1"), customer("b", owner="p-1"))
            )
        )
        store.commit(commit(records=(order("o1", customer="C-1"),)))

        assert [each.id for each in store.holding(C, OWNER, "P-1")] == ["z", "a"]
        assert [each.id for each in store.holding(O, FieldKey("customer"), "C-1")] == ["o1"]

    def test_a_record_is_no_longer_found_by_what_it_held_before(self, store):
        store.commit(commit(records=(customer("c1", name="王記", owner="P-1"),)))
        store.commit(commit(records=(customer("c1", name="王氏"),)))

        assert store.holding(C, NAME, "王記") == store.holding(C, OWNER, "P-1") == ()
        assert [each.id for each in store.holding(C, NAME, "王氏")] == ["c1"]

    def test_nothing_holds_an_empty_value(self, store):
        store.commit(commit(records=(customer("c1"),)))

        assert store.holding(C, NAME, None) == ()

    def test_asking_by_a_field_that_is_not_indexed_is_a_bug(self, store):
        with pytest.raises(Contradiction):
            store.holding(C, FieldKey("budget"), Decimal(1))
        with pytest.raises(Contradiction):
            store.holding(FormKey("nothing"), NAME, "x")

    # The journal

    def test_the_journal_keeps_every_entry_in_order(self, store, reopen):
        entries = (
            entry("create", new="王記", person="P-1", desk=WANG, cause="aa"),
            entry(
                field=FieldKey("budget"),
                old=Decimal("1.50"),
                new=dt.date(2026, 1, 2),
                detail={"b": "2", "a": "1"},
            ),
            entry("report", form=None, record=None, old=True, new=dt.time(8)),
        )
        store.commit(commit(entries=entries[:2]))
        store.post((), entries=entries[2:])
        lines = tuple(reopen(store).journal())

        assert tuple(line.entry for line in lines) == entries
        assert [line.seq for line in lines] == [1, 2, 3]

    def test_each_line_is_chained_to_the_one_before(self, store):
        store.commit(commit(entries=(entry(new="一"), entry(new="二"))))
        store.commit(commit(entries=(entry(new="三"),)))
        lines = tuple(store.journal())

        assert [line.previous for line in lines] == ["", lines[0].hash, lines[1].hash]
        assert all(line.hash == link(line.entry, line.previous) for line in lines)
        assert store.head() == (3, lines[-1].hash)
        assert verify_journal(store) == ()

    def test_the_journal_is_read_by_record_and_from_any_line_on(self, store):
        store.commit(
            commit(
                entries=(
                    entry(record="c1"),
                    entry(record="c2"),
                    entry(record="c1", form=O),
                    entry(record="c1"),
                )
            )
        )

        assert [line.seq for line in store.journal(C, RecordId("c1"))] == [1, 4]
        assert [line.seq for line in store.journal(C)] == [1, 2, 4]
        assert [line.seq for line in store.journal(C, since=1)] == [2, 4]
        assert [line.seq for line in store.journal(since=2)] == [3, 4]
        assert tuple(store.journal(since=9)) == ()

    def test_a_long_journal_is_read_whole_and_more_than_once(self, store):
        store.commit(commit(entries=tuple(entry(new=str(n)) for n in range(2500))))
        lines = store.journal()

        assert [line.entry.new for line in lines] == [str(n) for n in range(2500)]
        assert sum(1 for _ in lines) == 2500

    def test_the_last_number_of_a_series_is_counted_from_entries(self, store, reopen):
        store.commit(
            commit(entries=(number_given("SO-2026", 8), number_given("SO-2026", 9), number_given("C", 1)))
        )
        store.commit(
            commit(entries=(number_given("SO-2026", 3), entry("change", detail={"series": "C", "n": "77"})))
        )
        again = reopen(store)

        assert (again.count("SO-2026"), again.count("C"), again.count("nothing")) == (9, 1, 0)

    # Sign-offs

    def test_a_run_is_kept_once_for_a_record(self, store, reopen):
        store.commit(commit(runs=(run(), run("o2", State.DRAFT))))
        store.commit(commit(runs=(run(round_=2, state=State.APPROVED),)))

        assert reopen(store).run(O, RecordId("o1")) == run(round_=2, state=State.APPROVED)
        assert store.run(C, RecordId("o1")) is None

    def test_only_submitted_runs_wait(self, store):
        states = [state for state in State if state is not State.SUBMITTED]
        store.commit(commit(runs=tuple(run(state.value, state) for state in states)))
        store.commit(commit(runs=(run("o1"), run("o2"))))
        store.commit(commit(runs=(run("o1", State.RETURNED),)))

        assert tuple(store.open_runs()) == (run("o2"),)

    def test_decisions_are_kept_oldest_first_voided_ones_too(self, store, reopen):
        store.commit(commit(decisions=(decision(person="P-9"), decision("o2"))))
        store.commit(commit(decisions=(decision(person="P-1", verdict=Verdict.RETURN),)))
        store.commit(commit(decisions=(decision(person="P-9", voided="material.changed"),)))

        assert reopen(store).decisions(O, RecordId("o1")) == (
            decision(person="P-9", voided="material.changed"),
            decision(person="P-1", verdict=Verdict.RETURN),
        )

    def test_a_decision_of_another_round_step_or_role_is_another_one(self, store):
        one = decision()
        others = (replace(one, round=2), replace(one, step="joint"), replace(one, role="leader"))
        store.commit(commit(decisions=(one, *others)))

        assert store.decisions(O, RecordId("o1")) == (one, *others)

    # Desks

    def test_a_file_that_was_read_is_known(self, store, reopen):
        store.commit(commit(ingest=ingest("aa", None)))
        store.commit(commit(ingest=ingest("bb", "r1")))
        again = reopen(store)

        assert again.file(WANG) == KnownFile(desk=WANG, path=FILE, file=Hash("bb"), render=RenderId("r1"))
        assert again.ingested(Hash("aa")) and again.ingested(Hash("bb"))  # noqa: PT018
        assert again.latest(WANG) is None
        assert again.file(FINANCE) is None

    def test_delivered_values_are_kept_by_render_oldest_first(self, store, reopen):
        budget = cell("budget")
        store.commit(commit(ingest=ingest("aa"), delivered=((cell(), "王"), (budget, Decimal("1.5")))))
        store.commit(commit(ingest=ingest("bb"), delivered=((cell(), None), (cell(), "王"))))
        store.commit(commit(ingest=ingest("cc", "r2"), delivered=((cell(), "李"),)))
        again = reopen(store)

        assert again.delivered(RenderId("r1")) == {cell(): ("王", None, "王"), budget: (Decimal("1.5"),)}
        assert again.delivered(RenderId("r2")) == {cell(): ("李",)}

    def test_a_render_that_leaves_what_was_delivered_goes_on_from_it(self, store, reopen):
        store.prepare(render("r1", None, {}))
        store.prepare(replace(render("r2", "r1", {}), delivered=((cell(), "王"), (cell(), None))))
        store.commit(commit(ingest=ingest("aa", "r2"), delivered=((cell(), "李"),)))
        again = reopen(store)

        assert again.delivered(RenderId("r2")) == {cell(): ("王", None, "李")}
        assert again.delivered(RenderId("r1")) == {}

    @pytest.mark.parametrize("reading", [None, ingest("aa", None)])
    def test_values_that_no_render_delivered_are_refused(self, store, reading):
        with pytest.raises(Contradiction):
            store.commit(commit(ingest=reading, delivered=((cell(), "王"),), records=(customer("c1"),)))

        assert store.get(C, RecordId("c1")) is None
        assert not store.ingested(Hash("aa"))

    def test_a_draft_waits_in_its_desk_until_it_is_taken_away(self, store, reopen):
        store.commit(
            commit(drafts=(draft("abc"), draft(Decimal("1.50"), field_="tax_no"), draft("x", FINANCE)))
        )
        store.commit(commit(drafts=(draft("abcd"),)))

        assert reopen(store).drafts(WANG) == {
            cell("budget"): draft("abcd"),
            cell("tax_no"): draft(Decimal("1.50"), field_="tax_no"),
        }

        store.commit(commit(undrafted=((WANG, cell("budget")), (FINANCE, cell("nothing")))))

        assert set(store.drafts(WANG)) == {cell("tax_no")}
        assert set(store.drafts(FINANCE)) == {cell("budget")}

    def test_a_problem_stays_open_until_it_is_solved(self, store, reopen):
        mine, theirs, nobodys = problem(), problem(desk=FINANCE), problem("file.gone", desk=None)
        store.commit(commit(problems=(mine, nobodys, theirs)))
        again = reopen(store)

        assert again.problems() == (mine, nobodys, theirs)
        assert again.problems(WANG) == (mine,)

        store.commit(commit(solved=(replace(mine, value="other words"), problem("never.was"))))

        assert store.problems() == (nobodys, theirs)

    def test_a_problem_that_is_little_more_than_its_words_comes_back(self, store):
        bare = replace(
            problem(desk=None), severity=Severity.ERROR, file=None, form=None, record=None, field=None, row=None,
            value=None, rule=None, clause=None, what=text("b", z=1, at=AT, on=AT.date(), in_=text("a", x="{}"), d=Decimal("1.0")),
        )  # fmt: skip
        store.commit(commit(problems=(bare,)))

        assert store.problems() == (bare,)
        assert dict(store.problems()[0].what.params)["at"] == AT

    def test_a_problem_found_again_is_the_same_problem_with_its_newest_words(self, store):
        store.commit(commit(problems=(problem(), problem("second"))))
        again = replace(problem(), what=text("number.not_a_number", value="12o"), row=9)
        store.commit(commit(problems=(again,)))

        assert store.problems() == (again, problem("second"))

    def test_problems_differ_by_desk_form_record_field_and_sentence(self, store):
        one = problem()
        others = (
            replace(one, desk=FINANCE),
            replace(one, form=O),
            replace(one, record=RecordId("c2")),
            replace(one, field=NAME),
            replace(one, what=text("other")),
            replace(one, field=None),
            replace(one, record=None, field=None),
        )
        store.commit(commit(problems=(one, *others)))
        store.commit(commit(solved=(one,)))

        assert store.problems() == others

    def test_what_one_commit_closes_and_opens_is_open(self, store):
        store.commit(commit(problems=(problem(),), drafts=(draft(),), conflicts=(conflict(),)))
        store.commit(
            commit(
                solved=(problem(),),
                problems=(problem(),),
                undrafted=((WANG, cell("budget")),),
                drafts=(draft("new"),),
                settled=(conflict(),),
                conflicts=(conflict(),),
            )
        )

        assert store.problems() == (problem(),)
        assert store.drafts(WANG) == {cell("budget"): draft("new")}
        assert store.conflicts() == (conflict(),)

    def test_every_value_that_lost_is_kept_until_it_is_settled(self, store, reopen):
        first, second, other = conflict("王記"), conflict(Decimal(1)), conflict("王記", FINANCE)
        store.commit(commit(conflicts=(first, second, other)))
        again = reopen(store)

        assert again.conflicts() == (first, second, other)
        assert again.conflicts(WANG) == (first, second)

        store.commit(commit(settled=again.conflicts(WANG)[:1]))

        assert store.conflicts() == (second, other)

    def test_a_conflict_over_a_very_long_text_is_kept(self, store):
        long = conflict("長" * 5000)
        store.commit(commit(conflicts=(long,)))
        store.commit(commit(conflicts=(long,)))

        assert store.conflicts() == (long,)

    def test_a_desk_may_call_a_record_by_its_own_name(self, store, reopen):
        store.commit(
            commit(nicknames=((WANG, C, "新1", RecordId("c1")), (FINANCE, C, "新1", RecordId("c2"))))
        )
        again = reopen(store)

        assert again.nickname(WANG, C, "新1") == "c1"
        assert again.nickname(FINANCE, C, "新1") == "c2"
        assert again.nickname(WANG, O, "新1") is None

        store.commit(commit(nicknames=((WANG, C, "新1", RecordId("c9")),)))

        assert store.nickname(WANG, C, "新1") == "c9"

    # Renders and the rows that wait for them

    def test_a_prepared_render_is_a_base_before_it_is_published(self, store, reopen):
        shows = {
            "c1": {"name": "王記", "budget": Decimal("1.50"), "known": None, "~budget": "abc"},
            "new1": {},
        }
        store.prepare(render("r1", None, shows))
        again = reopen(store)

        assert again.base(WANG, RenderId("r1")) == render("r1", None, shows).rows
        assert again.latest(WANG) is None
        assert again.file(WANG) is None

    def test_a_base_is_what_its_render_showed_whatever_came_later(self, store):
        store.prepare(render("r1", None, {"c1": {"name": "一"}, "c2": {"name": "二"}, "new1": {}}))
        store.prepare(
            render("r2", "r1", {"c1": {"name": "壹"}, "c2": None, "new1": {"name": "三"}, "new2": {}})
        )
        store.prepare(render("r3", "r2", {"c2": {"name": "貳"}}))

        assert (
            store.base(WANG, RenderId("r1"))
            == render("", None, {"c1": {"name": "一"}, "c2": {"name": "二"}, "new1": {}}).rows
        )
        assert (
            store.base(WANG, RenderId("r2"))
            == render("", None, {"c1": {"name": "壹"}, "new1": {"name": "三"}, "new2": {}}).rows
        )
        assert (
            store.base(WANG, RenderId("r3"))
            == render(
                "", None, {"c1": {"name": "壹"}, "c2": {"name": "貳"}, "new1": {"name": "三"}, "new2": {}}
            ).rows
        )

    def test_a_render_that_never_got_its_file_does_not_reach_its_successor(self, store):
        store.prepare(render("r1", None, {"c1": {"name": "一"}}))
        store.prepare(render("lost", "r1", {"c1": {"name": "lost"}, "c9": {"name": "lost"}}))
        store.prepare(render("r2", "r1", {"c2": {"name": "二"}}))

        assert (
            store.base(WANG, RenderId("r2"))
            == render("", None, {"c1": {"name": "一"}, "c2": {"name": "二"}}).rows
        )
        assert (
            store.base(WANG, RenderId("lost"))
            == render("", None, {"c1": {"name": "lost"}, "c9": {"name": "lost"}}).rows
        )

    def test_a_render_into_an_older_copy_shows_what_that_copy_showed(self, store):
        store.prepare(render("r1", None, {"c1": {"name": "一"}, "c2": {"name": "二"}}))
        for id_, parent, shows in (("r2", "r1", "壹"), ("r3", "r2", "１")):
            store.prepare(render(id_, parent, {"c1": {"name": shows}}))
            store.publish(RenderId(id_), FILE, Hash(id_), (), AT)
        store.prepare(render("r4", "r1", {"c2": {"name": "貳"}}))

        assert (
            store.base(WANG, RenderId("r4"))
            == render("", None, {"c1": {"name": "一"}, "c2": {"name": "貳"}}).rows
        )

    def test_a_file_made_anew_shows_its_own_rows_only(self, store):
        store.prepare(render("r1", None, {"c1": {"name": "一"}}))
        store.prepare(render("r2", None, {"c2": {"name": "二"}, "c3": None}))

        assert store.base(WANG, RenderId("r2")) == render("", None, {"c2": {"name": "二"}}).rows

    def test_what_a_desk_was_shown_of_a_record_is_known_from_all_its_renders(self, store, reopen):
        store.prepare(render("r1", None, {"c1": {"name": "一"}, "c2": {"name": "二"}, "new1": {}}))
        store.prepare(render("r2", "r1", {"c1": {"name": "壹"}}))
        store.prepare(render("r3", "r2", {"c1": None, "c2": {"name": "貳"}}))
        store.prepare(replace(render("z1", None, {"c1": {"name": "of another desk"}}), desk=FINANCE))
        again = reopen(store)

        assert again.showed(WANG, C, RecordId("c1")) == ({NAME: "一"}, {NAME: "壹"})
        assert again.showed(WANG, C, RecordId("c2")) == ({NAME: "二"}, {NAME: "貳"})
        assert again.showed(WANG, C, RecordId("new1")) == ()
        assert again.showed(FINANCE, C, RecordId("c2")) == ()

    def test_many_renders_upon_each_other_are_each_a_base(self, store):
        store.prepare(
            render("r0", None, {"c1": {"name": "0"}, "c2": {"name": "stays"}, "c3": {"name": "goes"}})
        )
        for n in range(1, 450):
            gone = {"c3": None} if n == 150 else {}
            store.prepare(render(f"r{n}", f"r{n - 1}", {"c1": {"name": str(n)}, **gone}))

        for n in (0, 149, 150, 199, 200, 201, 202, 401, 402, 403, 449):
            rest = {"c3": {"name": "goes"}} if n < 150 else {}
            wanted = render("", None, {"c1": {"name": str(n)}, "c2": {"name": "stays"}, **rest}).rows
            assert store.base(WANG, RenderId(f"r{n}")) == wanted

    def test_old_renders_are_forgotten_and_the_others_show_what_they_showed(self, store, reopen):
        for n in range(6):
            parent = None if n == 0 else f"r{n - 1}"
            rows = {f"c{n}": {"name": str(n)}, "c0": {"name": f"as of {n}"}}
            store.prepare(render(f"r{n}", parent, rows, at=AT + dt.timedelta(days=n)))
        store.prepare(render("side", "r2", {"c1": None}, at=AT + dt.timedelta(days=9)))
        store.publish(RenderId("r5"), FILE, Hash("f5"), (), AT)
        shown = {each: store.base(WANG, RenderId(each)) for each in ("r3", "r4", "r5", "side")}
        cell_brought = (cell("c1", "name"), "typed")
        store.commit(commit(ingest=ingest("aa", "r1"), delivered=(cell_brought,)))
        store.publish(RenderId("r5"), FILE, Hash("f5"), (), AT)

        assert store.thin(AT + dt.timedelta(days=3)) == 3
        again = reopen(store)

        assert [again.base(WANG, RenderId(each)) for each in ("r0", "r1", "r2")] == [None] * 3
        assert {each: again.base(WANG, RenderId(each)) for each in shown} == shown
        assert again.delivered(RenderId("r1")) == {}
        assert again.thin(AT + dt.timedelta(days=3)) == 0

    def test_what_a_desks_file_carries_is_never_forgotten(self, store):
        for id_ in ("r1", "r2", "r3"):
            store.prepare(render(id_, None, {"c1": {"name": id_}}))
            store.publish(RenderId(id_), FILE, Hash(id_), (), AT)
        store.commit(commit(ingest=ingest("old", "r2")))

        assert store.thin(LATER + dt.timedelta(days=400)) == 1
        assert store.base(WANG, RenderId("r1")) is None
        assert store.base(WANG, RenderId("r2")) == render("", None, {"c1": {"name": "r2"}}).rows
        assert store.latest(WANG) == "r3"
        store.prepare(render("r4", "r2", {"c2": {"name": "new"}}))
        assert store.base(WANG, RenderId("r4")).keys() == {(C, "c1"), (C, "c2")}

    def test_when_a_render_was_made_is_a_moment_whatever_its_zone(self, store):
        east, west = dt.timezone(dt.timedelta(hours=14)), dt.timezone(-dt.timedelta(hours=12))
        store.prepare(render("earlier", None, {}, at=AT.astimezone(east)))
        store.prepare(render("later", None, {}, at=(AT + dt.timedelta(minutes=2)).astimezone(west)))

        assert store.thin((AT + dt.timedelta(minutes=1)).astimezone(dt.UTC)) == 1
        assert store.base(WANG, RenderId("earlier")) is None
        assert store.base(WANG, RenderId("later")) == {}

    def test_a_render_of_another_desk_is_no_base(self, store):
        store.prepare(render("r1", None, {"c1": {"name": "一"}}))

        assert store.base(FINANCE, RenderId("r1")) is None

    def test_a_render_is_prepared_once_and_on_a_render_of_its_desk(self, store):
        store.prepare(render("r1", None, {"c1": {"name": "一"}}))
        for wrong in (render("r1", None, {}), render("r2", "nothing", {}), render("r2", "r1", {}, FINANCE)):
            with pytest.raises(Contradiction):
                store.prepare(wrong)

        assert store.base(WANG, RenderId("r2")) is None
        assert store.base(WANG, RenderId("r1")) == render("", None, {"c1": {"name": "一"}}).rows

    def test_publishing_makes_the_file_known_and_the_render_the_latest(self, store, reopen):
        store.prepare(render("r1", None, {}))
        store.publish(RenderId("r1"), FILE, Hash("ff"), (), AT)
        again = reopen(store)

        assert again.latest(WANG) == "r1"
        assert again.file(WANG) == KnownFile(desk=WANG, path=FILE, file=Hash("ff"), render=RenderId("r1"))
        assert again.ingested(Hash("ff"))

    def test_a_reading_of_an_older_copy_leaves_the_latest_render(self, store):
        for id_ in ("r1", "r2"):
            store.prepare(render(id_, None, {}))
            store.publish(RenderId(id_), FILE, Hash(id_), (), AT)
        store.commit(commit(ingest=ingest("old", "r1")))

        assert store.latest(WANG) == "r2"
        assert store.file(WANG).render == "r1"

    def test_publishing_again_changes_nothing(self, store):
        store.commit(commit(dirty=frozenset({(WANG, C, RecordId("c1"))})))
        first = [each.seq for each in store.dirty(WANG)]
        store.prepare(render("r1", None, {}))
        store.publish(RenderId("r1"), FILE, Hash("ff"), first, AT)
        store.commit(commit(dirty=frozenset({(WANG, C, RecordId("c1"))})))
        store.publish(RenderId("r1"), FILE, Hash("ff"), first, LATER)

        assert [each.record for each in store.dirty(WANG)] == ["c1"]
        assert store.latest(WANG) == "r1"

    def test_a_render_that_was_never_prepared_cannot_be_published(self, store):
        with pytest.raises(Contradiction):
            store.publish(RenderId("r1"), FILE, Hash("ff"), (), AT)

        assert not store.ingested(Hash("ff"))

    def test_dirty_rows_wait_by_desk_until_they_are_shown(self, store, reopen):
        rows = {(WANG, C, RecordId("c1")), (WANG, O, RecordId("o1")), (FINANCE, C, RecordId("c1"))}
        store.commit(commit(dirty=frozenset(rows)))
        again = reopen(store)

        assert {(WANG, each.form, each.record) for each in again.dirty(WANG)} == {
            row for row in rows if row[0] == WANG
        }
        assert set(again.waiting_desks()) == {WANG, FINANCE}

        shown = next(each for each in store.dirty(WANG) if each.form == C)
        store.prepare(render("r1", None, {}))
        store.publish(RenderId("r1"), FILE, Hash("ff"), (shown.seq,), AT)

        assert [each.record for each in store.dirty(WANG)] == ["o1"]
        assert len(store.dirty(FINANCE)) == 1

    def test_publishing_crosses_off_rows_of_its_own_desk_only(self, store):
        store.commit(commit(dirty=frozenset({(FINANCE, C, RecordId("c1"))})))
        store.prepare(render("r1", None, {}))
        store.publish(RenderId("r1"), FILE, Hash("ff"), [each.seq for each in store.dirty(FINANCE)], AT)

        assert store.waiting_desks() == (FINANCE,)

    def test_a_row_that_changes_while_it_is_being_shown_waits_again(self, store):
        row = (WANG, C, RecordId("c1"))
        store.commit(commit(dirty=frozenset({row})))
        being_shown = [each.seq for each in store.dirty(WANG)]
        store.prepare(render("r1", None, {}))
        store.commit(commit(dirty=frozenset({row})))
        store.publish(RenderId("r1"), FILE, Hash("ff"), being_shown, AT)
        waiting = store.dirty(WANG)

        assert [(each.form, each.record) for each in waiting] == [(C, "c1")]
        assert waiting[0].seq not in being_shown

    def test_the_longest_waiting_comes_first(self, store):
        for desk, record in ((FINANCE, "c1"), (WANG, "c2"), (WANG, "c1"), (FINANCE, "c1")):
            store.commit(commit(dirty=frozenset({(desk, C, RecordId(record))})))

        assert [each.record for each in store.dirty(WANG)] == ["c2", "c1"]
        assert store.waiting_desks() == (WANG, FINANCE)

    # What leaves the house

    def test_a_notice_waits_until_a_message_carries_it(self, store, reopen):
        first, second = notice("a"), notice("b", record=None)
        store.commit(commit(notices=(first, second), at=LATER))
        waiting = reopen(store).notices()

        assert [(each.notify, each.at) for each in waiting] == [(first, LATER), (second, LATER)]

        store.post((message(),), told=(waiting[0].id,))

        assert [each.notify for each in store.notices()] == [second]

    def test_an_event_is_told_once_however_often_it_happens(self, store):
        store.commit(commit(notices=(notice("a"), notice("a"))))
        store.commit(commit(notices=(replace(notice("a"), rule="other"),)))

        assert [each.notify for each in store.notices()] == [notice("a")]

        store.post((), told=[each.id for each in store.notices()])
        store.commit(commit(notices=(notice("a"), notice("b"))))

        assert [each.notify.event for each in store.notices()] == ["b"]

    def test_a_message_comes_back_whole(self, store, reopen):
        full = message(
            attachments=(
                Attachment(name="月報.xlsx", mime="application/x", content=bytes(range(256)), cid=None),
                Attachment(name="b.png", mime="image/png", content=b"", cid="chart"),
            ),
            state=MessageState.SENDING,
            tries=2,
            due=LATER,
            detail="451 try again",
        )
        other = message("other", attachments=full.attachments[:1])
        store.post((full, other))

        assert reopen(store).messages() == (full, other)
        assert store.messages(MessageState.SENDING) == (full,)

    def test_a_known_key_is_ignored(self, store):
        store.post((message("a", subject="first"),))
        store.mark("a", MessageState.SENT, tries=1)
        store.post(
            (
                message("a", subject="again", attachments=(Attachment(name="x", mime="y", content=b"z"),)),
                message("b"),
            )
        )

        assert [(each.key, each.subject, each.attachments) for each in store.messages()] == [
            ("a", "first", ()),
            ("b", "待辦", ()),
        ]
        assert [each.key for each in store.messages(MessageState.PENDING)] == ["b"]

    def test_a_mark_says_where_a_message_stands(self, store, reopen):
        store.post((message("a"), message("b")))
        store.mark("a", MessageState.PENDING, tries=1, due=LATER, detail="server away")

        assert reopen(store).messages()[0] == message("a", tries=1, due=LATER, detail="server away")

        store.mark("a", MessageState.FAILED, tries=2)

        assert store.messages(MessageState.FAILED) == (message("a", tries=2, state=MessageState.FAILED),)
        assert store.messages(MessageState.PENDING) == (message("b"),)

    def test_a_message_that_is_not_there_cannot_be_marked(self, store):
        with pytest.raises(Contradiction):
            store.mark("a", MessageState.SENT, tries=1)

    def test_posting_is_one_with_its_notices_and_entries(self, store):
        store.commit(commit(notices=(notice("a"),)))
        told = [each.id for each in store.notices()]
        with pytest.raises(ConnectionError):
            store.post((message("a"),), told, _breaks_after(entry()))

        assert store.messages() == ()
        assert len(store.notices()) == 1
        assert store.head() == (0, "")

    def test_a_job_is_done_once_for_a_period(self, store, reopen):
        assert store.done("report", "2026-10", AT, (message("a"),))
        assert not store.done("report", "2026-10", LATER, (message("b"),))

        again = reopen(store)
        assert again.ran("report", "2026-10")
        assert not again.ran("report", "2026-11")
        assert not again.ran("digest", "2026-10")
        assert [each.key for each in again.messages()] == ["a"]
        assert again.done("report", "2026-11", LATER)

    def test_a_job_marks_the_notices_that_its_messages_carry_only_if_it_is_done_now(self, store):
        store.commit(commit(notices=(notice("a"), notice("b"))))
        first, second = (each.id for each in store.notices())

        assert store.done("digest", "2026-10-05", AT, (message("m"),), told=(first,))
        assert [each.id for each in store.notices()] == [second]
        assert not store.done("digest", "2026-10-05", LATER, (message("n"),), told=(second,))
        assert [each.id for each in store.notices()] == [second]

    def test_a_copy_beside_a_desks_file_counts_as_read_and_is_not_taken_for_it(self, store):
        store.commit(commit(ingest=ingest("aa", None)))
        known = store.file(ingest("aa", None).desk)
        store.commit(commit(ingest=replace(ingest("bb", None), path=PurePath("desks/copy.xlsx"), aside=True)))

        assert store.ingested(Hash("bb"))
        assert store.file(ingest("aa", None).desk) == known

    def test_a_job_whose_messages_cannot_be_kept_is_not_done(self, store):
        with pytest.raises(ConnectionError):
            store.done("report", "2026-10", AT, _breaks_after(message("a")))

        assert not store.ran("report", "2026-10")
        assert store.messages() == ()

    # The whole

    def test_a_commit_happens_wholly_or_not_at_all(self, store):
        before = store_hash(store)
        with pytest.raises((TypeError, ValueError)):
            store.commit(everything(entries=(entry("create"), entry(new=object()))))

        assert store_hash(store) == before
        self.test_an_empty_store_knows_nothing(store)

        store.commit(everything())

        assert store_hash(store) != before
        assert store.head()[0] == 1

    def test_the_hash_of_a_store_does_not_depend_on_the_order_of_what_came(self, store):
        empty = store_hash(store)
        store.commit(commit(records=(customer("c1", name="一"), customer("c2"))))
        store.commit(commit(runs=(run("o1"), run("o2")), decisions=(decision("o1"), decision("o2"))))
        full = store_hash(store)
        store.commit(commit(records=(customer("c1", name="二"),), runs=(run("o2", State.APPROVED),)))
        changed = store_hash(store)
        store.commit(commit(runs=(run("o2"),)))
        store.commit(commit(records=(customer("c1", name="一"),)))

        assert len({empty, full, changed}) == 3
        assert store_hash(store) == full

    def test_the_hash_of_a_store_sees_each_part(self, store):
        seen = {store_hash(store)}
        for part in (
            {"records": (customer("c1", "N-1"),)},
            {"records": (customer("c1", "N-2"),)},
            {"records": (customer("c1", "N-2", version=2),)},
            {"records": (customer("c1", "N-2", version=2, budget=Decimal("1.5")),)},
            {"runs": (run(),)},
            {"runs": (run(state=State.APPROVED),)},
            {"decisions": (decision(),)},
            {"decisions": (decision(voided="why"),)},
        ):
            store.commit(commit(**part))
            seen.add(store_hash(store))

        assert len(seen) == 9

    def test_the_hash_of_a_store_leaves_out_what_is_on_its_way(self, store):
        before = store_hash(store)
        store.commit(
            commit(drafts=(draft(),), problems=(problem(),), notices=(notice(),), entries=(entry(),))
        )
        store.post((message(),))

        assert store_hash(store) == before

    def test_a_reopened_store_has_the_same_hash(
        self, store: FullStore, reopen: Callable[[FullStore], FullStore]
    ):
        store.commit(everything())

        assert store_hash(reopen(store)) == store_hash(store)


def _breaks_after(*given: Any) -> Iterator[Any]:
    yield from given
    raise ConnectionError
