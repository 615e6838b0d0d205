"""`python -m desktop`, `slipstream`: a command runs here; without one the window opens."""

from __future__ import annotations

import sys


def main() -> int:
    """Run, and return the exit code."""
    arguments = sys.argv[1:]
    from desktop import cli

    if arguments and arguments[0] in cli.COMMANDS:
        return cli.main(arguments)
    from desktop.app import main as open_window  # Qt is loaded for the window only

    return open_window(arguments)


if __name__ == "__main__":
    sys.exit(main())
