"""Starts daemons quickly: imports everything once, and forks for each that is asked for.

`python -m tests.soak.nursery WORKSPACE LOG`. For each line that it reads it forks a process that does what
`deskbook run` does, says its number, waits for its end, and says how it ended.
"""

import os
import sys
import traceback
from pathlib import Path

from sync import acting


def child(root: Path, log: Path) -> None:
    """Be a daemon; what it says goes into *log*. Never returns."""
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(said, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    code = 70
    try:
        code = int(acting.run(root))
    finally:
        if sys.exc_info()[0] is not None:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def say(what: object) -> None:
    """Say one line to whoever started the nursery."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main() -> None:
    root, log = map(Path, sys.argv[1:])
    say("ready")
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            child(root, log)
        say(pid)
        _, status = os.waitpid(pid, 0)
        say(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
