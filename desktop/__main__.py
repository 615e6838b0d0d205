"""`python -m desktop`, `slipstream`: runs a command; without one, or with model files, a window opens."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run, and return the exit code."""
    arguments = sys.argv[1:]
    from desktop import cli

    if arguments and (arguments[0] in cli.COMMANDS or not all(map(_may_be_a_file, arguments))):
        return cli.main(arguments)  # a mistyped command, too: no window opens for it
    if _no_screen():
        sys.stderr.write("slipstream: error: there is no screen to open a window on; try `slipstream ask`\n")
        return cli.FAILED
    from desktop.app import main as open_window  # Qt is loaded for the window only

    return open_window(arguments)


def _may_be_a_file(argument: str) -> bool:
    return not argument.startswith("-") and (argument.lower().endswith(".gguf") or os.path.exists(argument))


def _no_screen() -> bool:
    """Qt would abort the process."""
    known = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform == "linux" and not any(os.environ.get(name) for name in known)


if __name__ == "__main__":
    sys.exit(main())
