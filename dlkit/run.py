"""``python -m dlkit.run FILE`` is exactly ``dlkit run FILE``.

A command only. As an imported module it would take the place of the function
``dlkit.run``, so it refuses to be one.
"""

import sys

from dlkit.cli import main
from dlkit.ending import leave_behind

if __name__ == "dlkit.run":
    raise ImportError("dlkit.run is a command, python -m dlkit.run; in Python call dlkit.run()")

if __name__ == "__main__":
    leave_behind(lambda: main(["run", *sys.argv[1:]]))
