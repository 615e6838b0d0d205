# shellcheck shell=bash
# Sets up what Slipstream needs. Sourced by run.sh, test.sh and check.sh; knows nothing of what they start.
#
# Tried on Debian 12 (and, where README says so, Ubuntu 24.04). Fedora, Arch and macOS: written with care, NOT tried.
# The first time takes minutes (llama.cpp is compiled for this very processor); afterwards a stamp makes it a matter of
# milliseconds, and nothing is asked of the network.

set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
venv="$root/.venv"
log="$venv/setup.log"
constraints="$root/packaging/constraints.txt"
began=$SECONDS

unset PYTHONHOME PYTHONPATH
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0 PIP_NO_INPUT=1

# Qt and Python want a UTF-8 locale; a bare container has none.
if [[ "$(uname -s)" == Linux ]]; then
    case "${LC_ALL:-${LC_CTYPE:-${LANG:-}}}" in
        *.[Uu][Tt][Ff]*8) ;;
        *) export LC_ALL=C.UTF-8 ;;
    esac
fi

say() { printf 'slipstream: %s\n' "$*" >&2; }

# fail WHAT NEXT...: what went wrong, then what to do about it, one line each.
fail() {
    printf '\nslipstream: error: %s\n' "$1" >&2
    shift
    (($# == 0)) || printf '  %s\n' "$@" >&2
    exit 1
}

clock() { printf '%d:%02d' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60)); }

# ---------------------------------------------------------------------------------------------- system packages

system() {
    if [[ "$(uname -s)" == Darwin ]]; then echo macos
    elif command -v apt-get >/dev/null; then echo debian
    elif command -v dnf >/dev/null; then echo fedora
    elif command -v pacman >/dev/null; then echo arch
    else echo other; fi
}

# What a part of Slipstream is called by each package manager: apt, dnf, pacman, Homebrew.
package() {
    local names
    case "$1" in
        python) names="python3 python3-venv|python3 python3-pip|python|python@3.13" ;;
        compiler) names="g++|gcc-c++|gcc|" ;;
        xvfb) names="xvfb|xorg-x11-server-Xvfb|xorg-server-xvfb|" ;;
        libglib-2.0.so.0) names="libglib2.0-0|glib2|glib2|" ;;
        libGL.so.1) names="libgl1|libglvnd-glx|libglvnd|" ;;
        libEGL.so.1) names="libegl1|libglvnd-egl|libglvnd|" ;;
        libX11.so.6) names="libx11-6|libX11|libx11|" ;;
        libxkbcommon.so.0) names="libxkbcommon0|libxkbcommon|libxkbcommon|" ;;
        libfontconfig.so.1) names="libfontconfig1|fontconfig|fontconfig|" ;;
        libdbus-1.so.3) names="libdbus-1-3|dbus-libs|dbus|" ;;
        libxcb-cursor.so.0) names="libxcb-cursor0|xcb-util-cursor|xcb-util-cursor|" ;;
        libxkbcommon-x11.so.0) names="libxkbcommon-x11-0|libxkbcommon-x11|libxkbcommon-x11|" ;;
        libxcb-icccm.so.4) names="libxcb-icccm4|xcb-util-wm|xcb-util-wm|" ;;
        libxcb-keysyms.so.1) names="libxcb-keysyms1|xcb-util-keysyms|xcb-util-keysyms|" ;;
        libxcb-shape.so.0) names="libxcb-shape0|libxcb|libxcb|" ;;
        *) names="$1|$1|$1|$1" ;;
    esac
    local apt dnf pacman brew
    IFS='|' read -r apt dnf pacman brew <<<"$names"
    case "$(system)" in
        debian) echo "$apt" ;;
        fedora) echo "$dnf" ;;
        arch) echo "$pacman" ;;
        macos) echo "$brew" ;;
    esac
}

install_command() {
    case "$(system)" in
        debian) echo "apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120" ;;
        fedora) echo "dnf install -y" ;;
        arch) echo "pacman -S --needed --noconfirm" ;;
        macos) echo "brew install" ;;
    esac
}

# As root, whoever starts this: directly, or through sudo where there is one that may ask or need not.
as_root() {
    if [[ "$(id -u)" == 0 ]]; then env DEBIAN_FRONTEND=noninteractive "$@"
    else sudo env DEBIAN_FRONTEND=noninteractive "$@"; fi
}

# Homebrew refuses to run as root; every other package manager insists on it.
with_rights() {
    if [[ "$(system)" == macos ]]; then "$@"; else as_root "$@"; fi
}

may_be_root() {
    [[ "$(id -u)" == 0 ]] && return
    command -v sudo >/dev/null || return 1
    [[ -t 0 ]] || sudo -n true 2>/dev/null
}

# install_parts PART...: brings the system packages of these parts, or says which command an administrator has to run.
install_parts() {
    local part words="" command
    for part in "$@"; do words+=" $(package "$part")"; done
    words="$(tr ' ' '\n' <<<"$words" | sort -u | xargs)"
    command="$(install_command)"
    if [[ -z "$command" || -z "$words" ]]; then
        fail "this computer lacks: $*" "This system's package manager is not known here. Install them, then start this again."
    fi
    if [[ "$(system)" != macos ]] && ! may_be_root; then
        fail "this computer lacks: $words" "Installing them needs an administrator:" "    sudo $command $words" \
            "Then start this again."
    fi
    say "installing for the whole system: $words"
    make_log
    if [[ "$(system)" == debian ]]; then
        as_root apt-get update 2>&1 | follow || say "apt-get update failed; trying with the package lists there are"
    fi
    # shellcheck disable=SC2086 # words are package names
    with_rights $command $words 2>&1 | follow && return
    tail -n 12 "$log" >&2
    fail "the system packages could not be installed: $words" \
        "The package manager's last words are above, all of them in $log." \
        "Without a network: connect this computer for the first start. Disk full: free 1 GB." \
        "By hand: sudo $command $words"
}

# lacking_libraries: Qt's shared libraries (sonames) that the linker does not know. Linux only; wheels bring the rest.
lacking_libraries() {
    [[ "$(uname -s)" == Linux ]] || return 0
    local ldconfig known name
    ldconfig="$(command -v ldconfig || echo /sbin/ldconfig)"
    [[ -x "$ldconfig" ]] || return 0
    known="$("$ldconfig" -p 2>/dev/null)" || return 0
    for name in libglib-2.0.so.0 libGL.so.1 libEGL.so.1 libX11.so.6 libxkbcommon.so.0 libfontconfig.so.1 libdbus-1.so.3 \
        libxcb-cursor.so.0 libxkbcommon-x11.so.0 libxcb-icccm.so.4 libxcb-keysyms.so.1 libxcb-shape.so.0; do
        [[ "$known" == *"$name"* ]] || echo "$name"
    done
}

# setup_window: what Qt needs of the system, for the window and for tests.
setup_window() {
    local lacking
    lacking="$(lacking_libraries)"
    # shellcheck disable=SC2086 # one word per soname
    [[ -z "$lacking" ]] || install_parts $lacking
}

setup_virtual_display() {
    [[ "$(uname -s)" != Linux ]] || command -v Xvfb >/dev/null || install_parts xvfb
}

# --------------------------------------------------------------------------------------------------- Python

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

need_python() {
    python="$(find_python)" && return
    if [[ -n "${PYTHON:-}" ]]; then
        fail "PYTHON=$PYTHON is no Python 3.11 or newer with venv and ensurepip" "Unset PYTHON, or name another one."
    fi
    install_parts python
    python="$(find_python)" && return
    fail "Slipstream needs Python 3.11 or newer; this system offers $(python3 --version 2>&1 || echo none)" \
        "Debian 12, Ubuntu 24.04 or newer have it. Elsewhere install one, then: PYTHON=/path/to/python3.12 bash $0"
}

need_compiler() {
    if command -v "${CXX:-c++}" >/dev/null && command -v "${CC:-cc}" >/dev/null; then return; fi
    if [[ "$(system)" == macos ]]; then
        fail "no C++ compiler" "Run: xcode-select --install" "Then start this again."
    fi
    install_parts compiler
}

need_space() {
    local folder="$1" wanted_mb="$2" free_kb
    free_kb="$(df -Pk "$folder" 2>/dev/null | awk 'NR == 2 { print $4 }')"
    [[ -z "$free_kb" ]] || ((free_kb >= wanted_mb * 1024)) ||
        fail "$((free_kb / 1024)) MB free in $folder; setting up needs $wanted_mb MB" "Free some space, then start this again."
}

# ------------------------------------------------------------------------------------------------- packages

make_log() {
    if mkdir -p "$venv" && : >>"$log"; then return; fi
    fail "$venv cannot be written" "Put Slipstream in a folder of yours, then start this again."
}

# follow: reads a long-winded tool, keeps every line in the log and shows one: what it is at, and for how long.
follow() {
    local line carry="" at="" shown="" status last=-100 pause=15 patience=(-t 1)
    [[ ! -t 2 ]] || pause=1
    ((BASH_VERSINFO[0] >= 4)) || patience=() # macOS's old bash cannot tell a pause from the end
    while true; do
        status=0
        IFS= read -r ${patience[@]+"${patience[@]}"} line || status=$?
        if ((status > 128)); then carry+="$line"
        elif ((status > 0)) && [[ -z "$carry$line" ]]; then break
        else
            line="$carry$line" carry=""
            printf '%s\n' "$line" >>"$log"
            if [[ "$line" =~ ^\ *(\[[0-9]+/[0-9]+\]) ]]; then at="compiling llama.cpp ${BASH_REMATCH[1]}"
            elif [[ "$line" =~ ^\ *(Downloading\ [^\ ]+\ \([^\)]*\)) ]]; then at="${BASH_REMATCH[1]}"
            elif [[ "$line" =~ ^\ *Building\ wheel\ for\ ([^\ ]+) ]]; then at="building ${BASH_REMATCH[1]}"
            elif [[ "$line" =~ ^\ *Installing\ collected ]]; then at="unpacking"
            elif [[ "$line" =~ ^(Get:[0-9]+|Unpacking|Setting\ up)\ .* ]]; then at="${BASH_REMATCH[0]}"; fi
        fi
        if [[ -n "$at" ]] && ((SECONDS - last >= pause)); then
            if [[ -t 2 ]]; then printf '\r\033[K  %s  %.100s' "$(clock)" "$at" >&2
            elif [[ "$at" != "$shown" ]]; then printf '  %s  %s\n' "$(clock)" "$at" >&2; fi
            shown="$at" last=$SECONDS
        fi
    done
    [[ ! -t 2 ]] || printf '\r\033[K' >&2
}

# explain: turns what pip left in the log into what happened and what to do.
explain() {
    local text
    text="$(tail -n 400 "$log")"
    tail -n 15 "$log" >&2
    case "$text" in
        *"No space left on device"*) fail "the disk filled up while setting up" "Free 2 GB, also in ${TMPDIR:-/tmp}." ;;
        *"Temporary failure in name resolution"* | *"Failed to establish a new connection"* | *"Network is unreachable"* | \
            *"NewConnectionError"* | *"NameResolutionError"* | *"ConnectTimeoutError"* | *"Read timed out"*)
            fail "the package registry cannot be reached" "The first start downloads about 200 MB: connect this computer," \
                "then start this again. What was downloaded is kept. All output: $log" ;;
        *"CERTIFICATE_VERIFY_FAILED"*)
            fail "the package registry's certificate is not trusted here" \
                "Behind a company proxy, set PIP_CERT to its certificate file. All output: $log" ;;
        *"Killed"* | *"out of memory"*)
            fail "the compiler ran out of memory" "Close other programs, or: CMAKE_BUILD_PARALLEL_LEVEL=1 bash $0" ;;
        *"No matching distribution found"* | *"Could not find a version"*)
            fail "a package has no build for $("$venv/bin/python" -V) on $(uname -sm)" \
                "Slipstream is made for Python 3.11 to 3.14 on x86-64 and ARM. All output: $log" ;;
        *"CMake Error"* | *"ninja: build stopped"* | *"Failed building wheel"*)
            fail "llama.cpp could not be compiled" "The compiler's last words are above; all output: $log" ;;
        *) fail "the Python packages could not be installed" "pip's last words are above; all output: $log" ;;
    esac
}

pip_install_parts() {
    "$venv/bin/python" -m pip install -v --progress-bar off -c "$constraints" "$@" 2>&1 | follow || explain
}

# parallel_jobs: as many compilers at once as there are cores and gigabytes.
parallel_jobs() {
    local cores memory=64
    cores="$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)"
    [[ ! -r /proc/meminfo ]] || memory="$(awk '/^MemAvailable/ { print int($2 / 1000000) + 1 }' /proc/meminfo)"
    echo $((cores < memory ? cores : memory))
}

make_venv() {
    if "$venv/bin/python" -m pip --version >/dev/null 2>&1 && new_enough "$venv/bin/python"; then return; fi
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

# setup_python run|dev: a virtual environment with the pinned packages. Does nothing when its stamp is there.
setup_python() {
    local extra="$1" requirement requirements=()
    if stamped "$extra" || { [[ "$extra" == run ]] && stamped dev; }; then return; fi
    say "setting up. The first time takes 5 to 15 minutes (llama.cpp is compiled for this processor); later starts take none."
    make_log
    need_space "$root" 1500
    need_space "${TMPDIR:-/tmp}" 1000
    make_venv
    if ! "$venv/bin/python" -c 'import llama_cpp' 2>/dev/null; then need_compiler; fi
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
