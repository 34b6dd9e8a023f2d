"""`python -m sync` is `deskbook`."""

from sync.cli import main

if __name__ == "__main__":
    main()
