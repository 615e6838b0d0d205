#!/usr/bin/env bash
# Sets up what is missing, then reads the code: style, form, types, and which room imports which.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
setup dev
cd "$root"

"$venv/bin/python" -m ruff check
"$venv/bin/python" -m ruff format --check
"$venv/bin/python" -m mypy
"$venv/bin/python" -c 'from importlinter.cli import lint_imports_command; lint_imports_command()' --no-logo
say "checks passed"
