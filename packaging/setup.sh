# shellcheck shell=bash
# Sets up what Slipstream needs. Sourced by run.sh, test.sh and check.sh; knows nothing of what they start.
#
# The first time takes minutes (llama.cpp is compiled for this very processor); afterwards a stamp makes it a matter of
# milliseconds, and nothing is asked of the network.

set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
venv="$root/.venv"
log="$venv/setup.log"
constraints="$root/packaging/constraints.txt"
# shellcheck source-path=SCRIPTDIR source=talk.sh
source "$root/packaging/talk.sh"
# shellcheck source-path=SCRIPTDIR source=system.sh
source "$root/packaging/system.sh"

unset PYTHONHOME PYTHONPATH
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0 PIP_NO_INPUT=1

# Qt and Python want a UTF-8 locale; a bare container has none.
if [[ "$(uname -s)" == Linux ]]; then
    case "${LC_ALL:-${LC_CTYPE:-${LANG:-}}}" in
        *.[Uu][Tt][Ff]*8) ;;
        *) export LC_ALL=C.UTF-8 ;;
    esac
fi

new_enough() { "$1" -c 'import sys, venv, ensurepip; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; }

# find_python: the first Python 3.11 or newer that can make virtual environments. PYTHON=... chooses another.
find_python() {
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null && new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

has_llama() { "$venv/bin/python" -c 'import llama_cpp' 2>/dev/null; }

has_compiler() { command -v "${CXX:-c++}" >/dev/null && command -v "${CC:-cc}" >/dev/null; }

need_python() {
    python="$(find_python)" && return
    fail "Slipstream needs Python 3.11 or newer; this system offers $(python3 --version 2>&1 || echo none)" \
        "Debian 12, Ubuntu 24.04 or newer have it. Elsewhere install one, then: PYTHON=/path/to/python3.12 bash $0"
}

need_space() {
    local folder="$1" wanted_mb="$2" free_kb
    free_kb="$(df -Pk "$folder" 2>/dev/null | awk 'NR == 2 { print $4 }')"
    [[ -z "$free_kb" ]] || ((free_kb >= wanted_mb * 1024)) ||
        fail "$((free_kb / 1024)) MB free in $folder; setting up needs $wanted_mb MB" "Free some space, then start this again."
}

pip_install() {
    "$venv/bin/python" -m pip install -v --progress-bar off -c "$constraints" "$@" 2>&1 | follow || explain
}

# parallel_jobs: as many compilers at once as there are cores and gigabytes.
parallel_jobs() {
    local cores memory=64
    cores="$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)"
    [[ ! -r /proc/meminfo ]] || memory="$(awk '/^MemAvailable/ { print int($2 / 1000000) + 1 }' /proc/meminfo)"
    echo $((cores < memory ? cores : memory))
}

venv_works() { new_enough "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }

make_venv() {
    if venv_works; then return; fi
    need_python
    say "making .venv with $("$python" -V)"
    "$python" -m venv --clear "$venv" || fail "a virtual environment could not be made in $venv" \
        "Is the folder writable and the disk not full? Does '$python -m venv /tmp/try' work?"
}

# list_dependencies EXTRA: what pyproject.toml asks for, a requirement a line.
list_dependencies() {
    "$venv/bin/python" - "$root/pyproject.toml" "$1" <<'PYTHON'
import sys
import tomllib

with open(sys.argv[1], "rb") as file:
    project = tomllib.load(file)["project"]
extra = project["optional-dependencies"].get(sys.argv[2], [])
print("\n".join([*project["dependencies"], *extra]))
PYTHON
}

# link_source: makes `import desktop` and the `slipstream` command work from this folder, without building a package.
link_source() {
    local site
    site="$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
    printf '%s\n' "$root" >"$site/slipstream.pth"
    printf '#!/usr/bin/env bash\nexec %q -P -m desktop "$@"\n' "$venv/bin/python" >"$venv/bin/slipstream"
    chmod +x "$venv/bin/slipstream"
}

# fingerprint: changes when what is to be installed, where, or for which Python does.
fingerprint() {
    printf '%s\n' "$root" "$(readlink -f "$venv/bin/python" 2>/dev/null || true)"
    cksum <"$root/pyproject.toml"
    cksum <"$constraints"
    cksum <"$root/packaging/setup.sh"
}

stamped() { [[ -x "$venv/bin/python" && -f "$venv/stamp-$1" && "$(<"$venv/stamp-$1")" == "$(fingerprint)" ]]; }

# lacking_parts NEED...: the parts of the system to install, a word a line, so that one question settles all.
lacking_parts() {
    local need
    for need in "$@"; do
        case "$need" in
            window) lacking_libraries ;;
            display) [[ "$(uname -s)" != Linux ]] || command -v Xvfb >/dev/null || echo xvfb ;;
            python) venv_works || find_python >/dev/null || echo python ;;
            compiler) has_llama || has_compiler || echo compiler ;;
        esac
    done
}

# setup_python EXTRA: a virtual environment with the pinned packages of pyproject.toml's EXTRA (`run`: none).
setup_python() {
    local extra="$1" requirement requirements=()
    make_venv
    while IFS= read -r requirement; do requirements+=("$requirement"); done < <(list_dependencies "$extra")
    # The vision library is not used; leaving it out saves a fifth of the compile time.
    export CMAKE_ARGS="-DLLAVA_BUILD=OFF ${CMAKE_ARGS:-}"
    export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$(parallel_jobs)}"
    pip_install "${requirements[@]}"
    "$venv/bin/python" -c 'import llama_cpp' 2>>"$log" || fail "llama.cpp was installed but does not load" \
        "$(tail -n 1 "$log")" "Remove $venv, then start this again: it will be compiled afresh."
    link_source
    fingerprint >"$venv/stamp-$extra"
    say "set up in $(clock) minutes"
}

# setup run|dev [window] [display]: everything that is missing. Costs some milliseconds when nothing is.
setup() {
    local extra="$1" lacking ready=no
    shift
    if stamped "$extra" || { [[ "$extra" == run ]] && stamped dev; }; then ready=yes; fi
    if [[ $ready == no ]]; then
        if has_llama; then say "setting up"
        else say "setting up; 5 to 15 minutes this once: llama.cpp is compiled for this processor. Later starts take none."; fi
        make_log
        need_space "$root" 1500
        need_space "${TMPDIR:-/tmp}" 1000
        set -- "$@" python compiler
    fi
    lacking="$(lacking_parts "$@")"
    # shellcheck disable=SC2086 # one word per part
    [[ -z "$lacking" ]] || install_parts $lacking
    [[ $ready == yes ]] || setup_python "$extra"
}
