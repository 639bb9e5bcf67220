"""``python -m dlkit`` is ``dlkit``."""

from dlkit.cli import main
from dlkit.ending import leave_behind


def command() -> None:
    """Run what the command line says, as the process's last act."""
    leave_behind(main)


if __name__ == "__main__":
    command()
