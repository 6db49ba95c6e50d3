"""What Binder would build, the locks, and that both agree with what is installed here."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).resolve().parents[1]
NOTEBOOK = "notebooks/00_start_here.ipynb"
# A process of its own: repo2docker works on the current folder, and sets up logging for good.
# The defaults (user, platform) would be those of this machine; Binder's are given instead.
RENDER = """
import json
from repo2docker.app import Repo2Docker
app = Repo2Docker(repo=".", user_id=1000, user_name="jovyan", platform="linux/amd64")
pack = next(pack for pack in (kind(app.base_image) for kind in app.buildpacks) if pack.detect())
pack.platform = "linux/amd64"
print(json.dumps({
    "pack": type(pack).__name__,
    "python": pack.python_version,
    "base": list(pack.get_build_script_files()),
    "dockerfile": pack.render({"NB_UID": "1000", "NB_USER": "jovyan"}),
}))
"""


def project():
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def lock(name):
    """Return the pinned requirements of a lock file; it must have some."""
    lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines]
    assert len(pins) > 40
    return pins


def applies(requirement):
    return requirement.marker is None or requirement.marker.evaluate()


# --- what Binder would build ---


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Return what repo2docker makes of a copy of the files that it looks at."""
    copy = tmp_path_factory.mktemp("binder")
    names = ["environment.yml", "postBuild", "pyproject.toml", "requirements.txt"]
    for name in names:
        shutil.copy(REPOSITORY / name, copy)
    output = subprocess.check_output([sys.executable, "-c", RENDER], cwd=copy, text=True)
    return json.loads(output.splitlines()[-1])


def test_environment_yml_decides(image):
    assert image["pack"] == "CondaBuildPack"


def test_python_is_the_one_asked_for(image):
    assert image["python"] == "3.12"
    assert any("environment.py-3.12" in name for name in image["base"])


def test_the_repository_is_there_before_the_environment_and_postbuild_comes_last(image):
    dockerfile = image["dockerfile"]
    order = [" src/ ${REPO_DIR}/", "env update -p", "RUN ./postBuild"]
    places = [dockerfile.index(words) for words in order]
    assert places == sorted(places)


def test_no_folder_hides_the_files_at_the_top():
    assert not (REPOSITORY / "binder").exists() and not (REPOSITORY / ".binder").exists()


def test_conda_supplies_python_pip_and_node_only_and_pip_installs_the_lock_and_chatlib():
    environment = yaml.safe_load((REPOSITORY / "environment.yml").read_text(encoding="utf-8"))
    assert environment["dependencies"] == [
        "python=3.12",
        "pip",
        "nodejs>=20",
        {"pip": ["-r requirements.txt", "-e ."]},
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="bash, and an executable bit")
def test_postbuild_enables_the_extension_for_the_environment(tmp_path):
    """Runs the real script with a `jupyter`, a `python` and an `npm` that note their calls."""
    script = REPOSITORY / "postBuild"
    assert script.stat().st_mode & stat.S_IXUSR
    shutil.copy(REPOSITORY / "course.py", tmp_path)
    for name in ("jupyter", "python", "npm"):
        fake = tmp_path / name
        fake.write_text(f'#!/bin/bash\necho {name} "$@"\n', encoding="utf-8")
        fake.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    lines = subprocess.check_output(
        [script], cwd=tmp_path, env=os.environ | {"PATH": path}, text=True
    ).splitlines()
    assert lines[0] == "jupyter server extension enable --sys-prefix chatlib.server_extension"
    assert lines[1:] == [
        "python -c import sys, course; course.write_lab_settings(sys.prefix)",
        "npm ci --prefix notebooks/node",
    ]


def test_the_readme_has_badge_and_link_to_the_first_notebook():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\(https://mybinder\.org/v2/gh/(\S+)\)", readme)
    assert len(links) == 1 and links[0].endswith(f"/HEAD?urlpath=lab/tree/{NOTEBOOK}")
    assert "https://mybinder.org/badge_logo.svg" in readme


# --- the locks ---


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_each_line_of_a_lock_is_one_exact_version_without_an_address(name):
    for pin in lock(name):
        (specifier,) = pin.specifier
        assert specifier.operator == "==" and pin.url is None
    assert not re.search(r"[:/@]|--", (REPOSITORY / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("requirements.txt", lambda: project()["project"]["dependencies"]),
        ("requirements-test.txt", lambda: project()["dependency-groups"]["test"]),
    ],
    ids=["run time", "tests"],
)
def test_the_lock_holds_what_pyproject_asks_for(name, wanted):
    pins = {canonicalize_name(pin.name): pin for pin in lock(name)}
    requirements = [Requirement(text) for text in wanted()]
    assert len(requirements) >= 8
    for requirement in requirements:
        (pinned,) = pins[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(Version(pinned.version)), requirement


def test_both_locks_agree():
    pins = {(canonicalize_name(pin.name), str(pin.specifier)) for pin in lock("requirements.txt")}
    names = {name for name, _ in pins}
    shared = [p for p in lock("requirements-test.txt") if canonicalize_name(p.name) in names]
    assert len(shared) > 10
    for pin in shared:
        assert (canonicalize_name(pin.name), str(pin.specifier)) in pins


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_what_is_locked_is_installed(name):
    pins = [pin for pin in lock(name) if applies(pin)]
    assert len(pins) > 40
    different = {
        str(pin): metadata.version(pin.name)
        for pin in pins
        if not pin.specifier.contains(metadata.version(pin.name))
    }
    assert not different


def test_the_installed_packages_fit_together():
    check = [sys.executable, "-m", "pip", "--disable-pip-version-check", "check"]
    result = subprocess.run(check, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
