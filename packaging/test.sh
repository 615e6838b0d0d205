#!/usr/bin/env bash
# Sets up what is missing, then checks the code and runs every test. Arguments go to pytest.
#   bash packaging/test.sh
#   bash packaging/test.sh tests/unit -k sampling

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
setup dev window display
bash "$root/packaging/check.sh"

scratch="$(mktemp -d)"
xvfb=""
clean_up() {
    [[ -z "$xvfb" ]] || kill "$xvfb" 2>/dev/null || true
    rm -rf "$scratch"
}
trap clean_up EXIT

# A screen of its own, so that the real window's tests neither need yours nor open windows on it.
start_display() {
    local tries=0
    [[ -d /tmp/.X11-unix ]] || mkdir -m 1777 /tmp/.X11-unix || true
    Xvfb -displayfd 6 -screen 0 1600x1000x24 -nolisten tcp 6>"$scratch/display" 2>"$scratch/xvfb.log" &
    xvfb=$!
    disown "$xvfb"
    until [[ -s "$scratch/display" ]]; do
        if ! kill -0 "$xvfb" 2>/dev/null || ((++tries > 200)); then
            cat "$scratch/xvfb.log" >&2
            fail "the virtual display did not start" "Its words are above."
        fi
        sleep 0.1
    done
    DISPLAY=":$(<"$scratch/display")"
    export DISPLAY
    unset WAYLAND_DISPLAY XAUTHORITY
}

if [[ "$(uname -s)" == Linux ]]; then start_display; fi
if [[ -z "${XDG_RUNTIME_DIR:-}" ]]; then
    mkdir -m 700 "$scratch/runtime"
    export XDG_RUNTIME_DIR="$scratch/runtime"
fi

cd "$root"
"$venv/bin/python" -m pytest "$@"
