"""``python -m dlkit`` is ``dlkit``."""

from dlkit.cli import main

if __name__ == "__main__":
    main()
