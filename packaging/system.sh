# shellcheck shell=bash disable=SC2154
# What Slipstream needs of the operating system, and how each package manager calls it. Sourced by setup.sh.
# Tried on Debian 12 and 13. Ubuntu has the same packages; Fedora, Arch and macOS are written with care but NOT tried.

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
        debian) echo "apt-get install -y --no-install-recommends" ;;
        fedora) echo "dnf install -y" ;;
        arch) echo "pacman -S --needed --noconfirm" ;;
        macos) echo "brew install" ;;
    esac
}

# by_hand WORDS: what an administrator would type.
by_hand() {
    case "$(system)" in
        debian) echo "sudo apt-get update && sudo $(install_command) $1" ;;
        macos) echo "$(install_command) $1" ;;
        *) echo "sudo $(install_command) $1" ;;
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
    for part in "$@"; do
        if [[ "$part" == compiler && "$(system)" == macos ]]; then
            fail "this computer has no C++ compiler" "Run: xcode-select --install" "Then start this again."
        fi
        words+=" $(package "$part")"
    done
    words="$(tr ' ' '\n' <<<"$words" | sort -u | xargs)"
    command="$(install_command)"
    if [[ -z "$command" || -z "$words" ]]; then
        fail "this computer lacks: $*" "This system's package manager is not known here. Install them, then start this again."
    fi
    if [[ "$(system)" != macos ]] && ! may_be_root; then
        fail "this computer lacks: $words" "Installing them needs an administrator:" "    $(by_hand "$words")" \
            "Then start this again."
    fi
    say "installing for the whole system: $words"
    if [[ "$(system)" == debian ]]; then
        command+=" -o DPkg::Lock::Timeout=120" # another apt may be at work
        as_root apt-get update 2>&1 | follow || say "apt-get update failed; trying with the package lists there are"
        if unreachable && ! grep -qE '^(Get|Hit):' "$log"; then explain_system "$words"; fi
    fi
    # shellcheck disable=SC2086 # words are package names
    with_rights $command $words 2>&1 | follow || explain_system "$words"
}

unreachable() { grep -qE 'Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|mirrorlist' "$log"; }

# explain_system WORDS: turns what the package manager left in the log into what happened and what to do.
explain_system() {
    tail -n 5 "$log" >&2
    local by_hand
    by_hand="By hand: $(by_hand "$1")"
    if unreachable; then
        fail "the system's package server cannot be reached" "The first start needs a network: connect this computer, then start this again." \
            "$by_hand"
    elif grep -q 'No space left on device' "$log"; then
        fail "the disk filled up while installing system packages" "Free 1 GB, then start this again." "$by_hand"
    fi
    fail "the system packages could not be installed: $1" "The package manager's last words are above, all of them in $log." "$by_hand"
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
