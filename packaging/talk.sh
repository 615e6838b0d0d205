# shellcheck shell=bash disable=SC2154
# What set-up tells a person: what it is at, what went wrong, what to do next. Sourced by setup.sh, which sets $log and $venv.

began=$SECONDS

say() { printf 'slipstream: %s\n' "$*" >&2; }

# fail WHAT NEXT...: what went wrong, then what to do about it, one line each.
fail() {
    printf '\nslipstream: error: %s\n' "$1" >&2
    shift
    (($# == 0)) || printf '  %s\n' "$@" >&2
    exit 1
}

clock() { printf '%d:%02d' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60)); }

make_log() {
    if mkdir -p "$venv" && : >"$log"; then return; fi
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
            elif [[ "$line" =~ ^((Get|Hit|Ign|Err):[0-9]+|Unpacking|Setting\ up)\ .* ]]; then at="${BASH_REMATCH[0]}"; fi
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
