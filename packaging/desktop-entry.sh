#!/usr/bin/env bash
# Puts Slipstream into your desktop's menu, started from this folder; --remove takes it out again. Linux, for you alone.

set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
share="${XDG_DATA_HOME:-$HOME/.local/share}"
entry="$share/applications/slipstream.desktop"
icon="$share/icons/hicolor/scalable/apps/slipstream.svg"

if [[ "${1:-}" == --remove ]]; then
    rm -f "$entry" "$icon"
    echo "Slipstream is no longer in the menu." >&2
    exit
fi

# In a desktop entry a path with blanks is quoted, and \ " ` $ % inside it are escaped.
command="$root/.venv/bin/slipstream"
command="${command//\\/\\\\\\\\}" command="${command//\"/\\\\\"}" command="${command//\`/\\\\\`}"
command="${command//\$/\\\\\$}" command="${command//%/%%}"

if [[ ! -x "$root/.venv/bin/slipstream" ]]; then
    echo "slipstream: error: not set up yet; run once: bash packaging/run.sh" >&2
    exit 1
fi
mkdir -p "$(dirname "$entry")" "$(dirname "$icon")"
cp "$root/packaging/linux/slipstream.svg" "$icon"
while IFS= read -r line; do
    if [[ "$line" == Exec=* ]]; then line="Exec=\"$command\""; fi
    printf '%s\n' "$line"
done <"$root/packaging/linux/slipstream.desktop" >"$entry"
echo "Slipstream is in the menu: $entry" >&2
