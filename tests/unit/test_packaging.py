"""What set-up and packagers read agrees with itself and with the program."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from desktop import __version__
from desktop.gui.keys import SHORTCUTS

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "packaging").glob("*.sh"))
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        table: dict[str, Any] = tomllib.load(file)["project"]
    return table


def applies(requirement: Requirement, python: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"python_version": python})


def pins(python: str) -> dict[str, str]:
    """Name -> pinned version, as pip would read the constraints under that Python."""
    found: dict[str, str] = {}
    for line in (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            if applies(requirement, python):
                (specifier,) = requirement.specifier
                assert specifier.operator == "==", line
                found[canonicalize_name(requirement.name)] = specifier.version
    return found


@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_is_pinned_to_a_version_it_allows(python: str) -> None:
    table = project()
    pinned = pins(python)
    wanted = [Requirement(text) for text in (*table["dependencies"], *table["optional-dependencies"]["dev"])]
    applying = [requirement for requirement in wanted if applies(requirement, python)]
    assert applying
    for requirement in applying:
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} has no pin"
        assert requirement.specifier.contains(version), f"{requirement} does not allow its pin {version}"


def test_python_3_11_never_gets_the_qt_that_kills_it() -> None:
    assert pins("3.11")["pyside6-essentials"].startswith("6.11.")
    assert pins("3.12")["pyside6-essentials"].startswith("6.12.")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_parse_and_stop_at_the_first_failure(script: Path) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True)
    text = script.read_text(encoding="utf-8")
    if text.startswith("#!"):
        assert "set -euo pipefail" in text


def test_set_up_reads_the_dependencies_pip_would(tmp_path: Path) -> None:
    """`list_dependencies` of setup.sh, run as set-up runs it."""
    command = f'source "{ROOT}/packaging/setup.sh"; venv="{sys.prefix}"; list_dependencies dev'
    run = subprocess.run(["bash", "-c", command], check=True, capture_output=True, text=True, cwd=tmp_path)
    table = project()
    assert run.stdout.splitlines() == [*table["dependencies"], *table["optional-dependencies"]["dev"]]


def test_a_failed_set_up_says_what_and_what_next(tmp_path: Path) -> None:
    command = f"""source "{ROOT}/packaging/setup.sh"
        venv="{tmp_path}" log="{tmp_path}/setup.log"
        echo "OSError: [Errno 28] No space left on device" >"$log"
        explain"""
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "slipstream: error: the disk filled up" in run.stderr
    assert "Free 2 GB" in run.stderr


def test_progress_shows_the_step_and_keeps_everything(tmp_path: Path) -> None:
    lines = ["  Downloading numpy.whl (16.1 MB)", "noise", "  [12/140] Building CXX object x.o"]
    command = f"""source "{ROOT}/packaging/setup.sh"; log="{tmp_path}/setup.log"; follow"""
    run = subprocess.run(
        ["bash", "-c", command], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    assert "Downloading numpy.whl (16.1 MB)" in run.stderr
    assert (tmp_path / "setup.log").read_text(encoding="utf-8").splitlines() == lines


def test_readme_lists_every_key() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme[readme.index("## Keys") : readme.index("## Where things are kept")]
    keys = " ".join(row.split("|")[1] for row in section.splitlines() if row.startswith("|"))
    keys += keys.replace("Enter", "Return")  # the same key; Qt calls the big one Return
    assert not [shortcut.id for shortcut in SHORTCUTS if shortcut.keys[0] not in keys]


def test_desktop_integration_names_the_same_program() -> None:
    linux = ROOT / "packaging" / "linux"
    metainfo = ElementTree.parse(next(linux.glob("*.metainfo.xml"))).getroot()
    launchable = metainfo.findtext("launchable")
    assert launchable is not None
    entry = (linux / launchable).read_text(encoding="utf-8")
    assert re.search(rf"^Exec={metainfo.findtext('provides/binary')}$", entry, re.MULTILINE)
    assert f"Name={metainfo.findtext('name')}" in entry.splitlines()
    assert project()["scripts"] == {"slipstream": "desktop.__main__:main"}
    releases = [release.get("version") for release in metainfo.iter("release")]
    assert __version__ in releases


@pytest.mark.parametrize("font", sorted((ROOT / "resources" / "fonts").iterdir()), ids=lambda path: path.name)
def test_every_font_has_its_licence(font: Path) -> None:
    family = {"Inter": "inter", "JetBrainsMono": "jetbrains-mono"}[font.stem.partition("-")[0]]
    licence = (ROOT / "resources" / "licences" / f"{family}.txt").read_text(encoding="utf-8")
    assert "SIL Open Font License, Version 1.1" in licence
