"""How long hypothesis searches: `make test` shortly, `make check` a while, `make laws` long."""

import gc

from hypothesis import settings

# Time limits for one example would fail on a busy machine only.
settings.register_profile("quick", deadline=None, print_blob=True, max_examples=40)
settings.register_profile("check", deadline=None, print_blob=True)
settings.register_profile("soak", deadline=None, print_blob=True, max_examples=3000, stateful_step_count=150)
settings.load_profile("check")


def pytest_collection_finish() -> None:
    """Keep what was collected out of the collector's sight: it stays to the end, and takes long to look through."""
    gc.collect()
    gc.freeze()
    # Workbooks are made of many small things that go by themselves.
    gc.set_threshold(10_000, 20, 20)
