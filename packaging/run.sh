#!/usr/bin/env bash
# Sets up what is missing, then starts Slipstream: the window, or, with arguments, whatever they say.
#   bash packaging/run.sh                              the window
#   bash packaging/run.sh ask "What is a token?"       an answer on the command line; no screen needed

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

case "${1:-}" in
    ask | race | selftest | -h | --help | --version)
        window=no
        setup run
        ;;
    *)
        window=yes
        setup run window
        ;;
esac

if [[ $window == yes && "$(uname -s)" == Linux && -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]]; then
    fail "there is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set), so the window cannot open" \
        "Everything is set up. From the command line it works without a screen:" \
        "    bash packaging/run.sh ask \"What is a token?\""
fi

exec "$venv/bin/python" -P -m desktop "$@"
