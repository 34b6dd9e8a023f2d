"""`make soak`: random companies, with fresh seeds, for as long as it is given; says how much was survived.

    python -m tests.soak --minutes 10            # any mixture
    python -m tests.soak --seed strolls:4711     # once more what failed
    python -m tests.soak --minutes 60 --only kill

There are five kinds. `strolls`: long walks through scenes, on fakes, for depth. `machine`: hypothesis on the same
engine. `google`: such walks where some desks are at Google. `files`: the shipped forms on real files and SQLite, for
breadth. `kill`: the real daemon, killed.
"""

import argparse
import shutil
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random, SystemRandom
from tempfile import mkdtemp

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.google.test_adapter_company import MixedMachine, mixed
from tests.soak.files import walk
from tests.soak.kill import company
from tests.soak.promises import broken, put_right
from tests.support.google_scenes import MixedScenes, walk_at_google
from tests.support.mistakes import errs_in_many_rows
from tests.support.office import furnish, moved_in
from tests.support.planted import Parts
from tests.support.scenes import MOVING, Scenes, stroll
from tests.sync.test_engine_machine import SCENES, CompanyMachine, pristine

SHARES = {"strolls": 4, "machine": 1, "google": 2, "files": 2, "kill": 3}
"""Of the time, in twelfths."""

KILLING_SECONDS = 120
STEPS = 40
EXAMPLES = 5
STEPS_AN_EXAMPLE = 40


class Soak:
    """What was survived so far."""

    def __init__(self, minutes: float) -> None:
        self.over = time.monotonic() + minutes * 60
        self.met: Counter[str] = Counter()
        self.survived: Counter[str] = Counter()
        self.furnished: Path | None = None
        self.spent: Counter[str] = Counter()

    def strolls(self, chance: int) -> None:
        """Let one company live through a long walk."""
        stroll(
            Scenes(pristine(), Parts(), self.met),
            Random(chance),
            STEPS,
            (*SCENES, *MOVING, errs_in_many_rows),
        )
        self.survived["steps"] += STEPS
        self.survived["walks"] += 1

    def machine(self, chance: int) -> None:
        """Let hypothesis look for a way."""

        class Machine(CompanyMachine):
            met = self.met

        run_state_machine_as_test(
            seed(chance)(Machine),
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS_AN_EXAMPLE,
                deadline=None,
                database=None,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
        )
        self.survived["steps"] += EXAMPLES * STEPS_AN_EXAMPLE
        self.survived["examples"] += EXAMPLES

    def google(self, chance: int) -> None:
        """Let one company, some of whose desks are at Google, live through a walk."""
        play = MixedScenes(mixed(), MixedMachine.parts, self.met)
        walk_at_google(play, chance, STEPS, (*SCENES, *MOVING))
        self.survived["steps"] += STEPS
        self.survived["walks at Google"] += 1

    def files(self, chance: int) -> None:
        """Let the company with the shipped forms live on real files."""
        if self.furnished is None:
            self.furnished = Path(mkdtemp())
            furnish(self.furnished)
        with folder() as root:
            walk(moved_in(self.furnished, root / "company"), chance, STEPS, self.met)
        self.survived["steps"] += STEPS
        self.survived["walks on files"] += 1

    def kill(self, chance: int) -> None:
        """Kill the real daemon again and again, and look at what is left."""
        seconds = min(KILLING_SECONDS, max(15.0, self.over - time.monotonic()))
        with folder() as root, company(root / "company", chance, smtp=chance % 2 == 0) as here:
            here.lives(seconds)
            put_right(here)
            wrong = broken(here)
            self.met.update(here.met + here.staff.met)
            self.survived["kills"] += here.kills
            self.survived["steps"] += sum(here.staff.met.values())
            assert not wrong, "\n".join(wrong)

    def kinds(self) -> dict[str, Callable[[int], None]]:
        return {
            "strolls": self.strolls,
            "machine": self.machine,
            "google": self.google,
            "files": self.files,
            "kill": self.kill,
        }

    def next(self) -> str:
        """Return the kind that had least of its share of the time."""
        return min(SHARES, key=lambda kind: self.spent[kind] / SHARES[kind])

    def run(self, kind: str, chance: int) -> bool:
        """Run one kind once; return whether it was survived."""
        began = time.monotonic()
        try:
            self.kinds()[kind](chance)
        except Exception:  # noqa: BLE001 — whatever it is, it is a finding
            say(traceback.format_exc())
            say(f"A finding. Once more: make soak SEED={kind}:{chance}")
            return False
        finally:
            self.spent[kind] += int(1000 * (time.monotonic() - began))
        return True

    def tell(self) -> None:
        """Say what was survived."""
        said = ", ".join(f"{many} {what}" for what, many in sorted(self.survived.items()))
        say(f"survived: {said or 'nothing yet'}")


def say(what: str) -> None:
    """Say one line."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder that is gone afterwards, unless something was found in it."""
    root = Path(mkdtemp(prefix="soak-"))
    yield root
    shutil.rmtree(root)


def main() -> int:
    asked = argparse.ArgumentParser(prog="make soak")
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--seed", default="", help="KIND:NUMBER, as a finding names it")
    asked.add_argument("--only", choices=tuple(SHARES))
    told = asked.parse_args()
    soak = Soak(told.minutes)
    if told.seed:
        kind, _, number = told.seed.partition(":")
        return 0 if soak.run(kind, int(number)) else 1
    chance = SystemRandom().randrange(10**6) * 1000
    said = time.monotonic()
    while time.monotonic() < soak.over:
        chance += 1
        if not soak.run(told.only or soak.next(), chance):
            soak.tell()
            return 1
        if time.monotonic() - said > 60:
            soak.tell()
            said = time.monotonic()
    say("come by: " + ", ".join(f"{what} {many}" for what, many in soak.met.most_common()))
    soak.tell()
    return 0


if __name__ == "__main__":
    sys.exit(main())
