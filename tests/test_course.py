"""course.py in temporary copies; `Machine` plays the other programs, unless a name says real."""

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
COURSE = REPOSITORY / "course.py"
Version = namedtuple("Version", "major minor micro releaselevel serial")


class Machine:
    """Plays venv, uv, pip and JupyterLab: notes each command, and fails the chosen one."""

    def __init__(self, course):
        self.course = course
        self.commands = []
        self.failing = {}
        self.has_uv = False

    def run(self, command, text=""):
        if self.course.UV in command:
            if self.has_uv:
                a_file(self.course.venv_python().with_name("uv"))
            return int(not self.has_uv), ""
        self.commands.append(command)
        for word, output in self.failing.items():
            if word in command:
                return 1, output
        if "venv" in command:
            self.course.venv_python().parent.mkdir(parents=True, exist_ok=True)
            self.course.venv_python().touch()
        return 0, ""

    def become(self, command):
        self.commands.append(command)
        return 0

    def did(self):
        """Return which of the known steps ran since the last call, in order."""
        words = [word for command in self.commands for word in command]
        self.commands.clear()
        return [word for word in words if word in ("venv", "install", "jupyterlab")]


@pytest.fixture
def course(tmp_path, monkeypatch):
    for name in ("pyproject.toml", "requirements.txt", "requirements-test.txt"):
        shutil.copy(REPOSITORY / name, tmp_path)
    spec = importlib.util.spec_from_file_location("course_under_test", COURSE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    return module


@pytest.fixture
def machine(course, monkeypatch):
    machine = Machine(course)
    monkeypatch.setattr(course, "run", machine.run)
    monkeypatch.setattr(course, "become", machine.become)
    return machine


def append(path, text):
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


# --- what is installed, and when ---


def test_first_run_makes_the_environment_and_the_second_only_starts(course, machine):
    assert course.main(["lab"]) == 0
    assert machine.did() == ["venv", "install", "jupyterlab"]
    assert course.main(["lab"]) == 0
    assert machine.did() == ["jupyterlab"]


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.txt"])
def test_a_changed_lock_is_installed_into_the_same_environment(course, machine, name):
    course.main(["lab"])
    machine.did()
    append(course.ROOT / name, "# changed\n")
    course.main(["lab"])
    assert machine.did() == ["install", "jupyterlab"]


def test_the_test_packages_are_added_once_and_serve_lab_too(course, machine):
    course.main(["lab"])
    machine.did()
    for command, expected in [("test", ["install"]), ("test", []), ("lab", [])]:
        course.prepare(command)
        assert machine.did() == expected


def test_installs_the_locks_and_chatlib_and_nothing_else(course, machine):
    course.prepare("test")
    command = machine.commands[-1]
    assert command[0] == str(course.venv_python())
    assert "--requirement=requirements.txt" in command
    assert "--requirement=requirements-test.txt" in command
    assert command[-3:] == ["--no-deps", "--editable", "."]


def test_uses_uv_when_it_is_on_the_path(course, machine, monkeypatch):
    monkeypatch.setattr(course.shutil, "which", lambda name: "/bin/uv" if name == "uv" else None)
    course.prepare("lab")
    assert [command[0] for command in machine.commands] == ["/bin/uv", "/bin/uv"]


@pytest.mark.skipif(sys.platform == "win32", reason="it is uv.exe there")
def test_fetches_uv_and_goes_on_with_pip_where_uv_fails(course, machine):
    machine.has_uv, uv = True, str(course.VENV / "bin" / "uv")
    course.prepare("lab")
    [command] = [each for each in machine.commands if "install" in each]
    assert command[:5] == [uv, "pip", "install", "--python", str(course.venv_python())]
    machine.failing["--python"] = "error: uv knows nothing of pip's mirror"
    append(course.ROOT / "requirements.txt", "# changed\n")
    machine.commands.clear()
    assert course.main(["lab"]) == 0
    assert machine.did() == ["install", "install", "jupyterlab"]  # by uv, then by pip


def test_sets_jupyterlab_up_inside_the_environment_only(course, machine):
    course.prepare("lab")
    path = course.VENV / "etc/jupyter/labconfig/default_setting_overrides.json"
    news, widgets = json.loads(path.read_text(encoding="utf-8")).values()
    assert news == {"fetchNews": "false", "checkForUpdates": False}
    assert widgets == {"saveState": True}


# --- recovery ---


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interrupted_installation_is_made_anew(course, machine, monkeypatch, stop):
    def interrupted(prefix):
        raise stop

    with monkeypatch.context() as patch:
        patch.setattr(course, "write_lab_settings", interrupted)
        assert course.main(["lab"]) != 0
    machine.did()
    assert course.main(["lab"]) == 0
    assert machine.did() == ["venv", "install", "jupyterlab"]


@pytest.mark.parametrize("word", ["venv", "install"])
def test_a_failed_step_is_made_anew(course, machine, word):
    machine.failing[word] = "ERROR: unlucky"
    assert course.main(["lab"]) == 1
    machine.failing.clear()
    machine.did()
    assert course.main(["lab"]) == 0
    assert machine.did() == ["venv", "install", "jupyterlab"]


def test_a_failed_update_is_made_anew(course, machine):
    course.prepare("lab")
    append(course.ROOT / "requirements.txt", "# changed\n")
    machine.failing["install"] = "ERROR: unlucky"
    assert course.main(["lab"]) == 1
    machine.failing.clear()
    machine.did()
    course.prepare("lab")
    assert machine.did() == ["venv", "install"]


def test_an_environment_of_another_python_is_made_anew(course, machine, monkeypatch):
    course.prepare("lab")
    machine.did()
    monkeypatch.setattr(course.sys, "version_info", Version(3, 99, 0, "final", 0))
    course.prepare("lab")
    assert machine.did() == ["venv", "install"]


def test_an_environment_whose_python_has_gone_is_made_anew(course, machine):
    course.prepare("lab")
    machine.did()
    course.venv_python().unlink()
    course.prepare("lab")
    assert machine.did() == ["venv", "install"]


def test_a_moved_folder_is_set_up_anew(course, machine, monkeypatch, tmp_path):
    course.prepare("lab")
    machine.did()
    moved = shutil.copytree(tmp_path, tmp_path / "moved")
    monkeypatch.setattr(course, "ROOT", moved)
    monkeypatch.setattr(course, "VENV", moved / ".venv")
    course.prepare("lab")
    assert machine.did() == ["venv", "install"]


def test_a_damaged_stamp_counts_as_half_made(course, machine):
    course.prepare("lab")
    machine.did()
    course.stamp_file().write_text("{", encoding="utf-8")
    course.prepare("lab")
    assert machine.did() == ["venv", "install"]


def test_an_environment_of_somebody_else_is_left_alone(course, machine, capsys):
    course.VENV.mkdir()
    theirs = course.VENV / "pyvenv.cfg"
    theirs.touch()
    assert course.main(["lab"]) == 1
    assert theirs.exists() and machine.did() == []
    assert "did not make: move it away" in capsys.readouterr().err


def test_an_environment_that_is_half_removed_is_still_ours(course, machine, monkeypatch, capsys):
    course.prepare("lab")
    course.stamp_file().write_text("{}", encoding="utf-8")

    def in_use(folder):  # as Windows keeps what runs, and not what came before it
        course.stamp_file().unlink()
        raise PermissionError(13, "Access is denied", "python.exe")

    with monkeypatch.context() as windows:
        windows.setattr(course.shutil, "rmtree", in_use)
        assert course.main(["lab"]) == 1
    assert "python.exe cannot be used" in capsys.readouterr().err
    assert course.main(["lab"]) == 0


# --- one sentence for each trouble ---

# The telling lines of what the installers write without a network, and on a full disk.
TROUBLES = {
    "pip, no network": (
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...: "
        "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')'",
        "could not be fetched",
    ),
    "uv, no network": (
        "error: Failed to fetch: `pip`\n  Caused by: error sending request\n  Caused by: dns error",
        "could not be fetched",
    ),
    "pip, full disk": (
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
        "disk is full",
    ),
    "uv, full disk": ("  Caused by: No space left on device (os error 28)", "disk is full"),
    "Windows, full disk": ("There is not enough space on the disk. (os error 112)", "disk is full"),
    "anything else": ("first\nERROR: unlucky\n", '"ERROR: unlucky"'),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_failed_installation_is_told_in_one_sentence(course, machine, capsys, trouble):
    output, words = TROUBLES[trouble]
    machine.failing["install"] = output
    assert course.main(["lab"]) == 1
    sentence = capsys.readouterr().err.strip()
    assert words in sentence and sentence.endswith("then run this command again.")
    assert "\n" not in sentence


def test_an_unknown_trouble_is_kept_whole(course, machine):
    machine.failing["install"] = "first\nERROR: unlucky\n"
    course.main(["lab"])
    assert (course.ROOT / "course-install.log").read_text() == "first\nERROR: unlucky\n"


def test_real_pip_without_a_network_is_told_in_one_sentence(tmp_path):
    for name in ("course.py", "pyproject.toml", "requirements.txt"):
        shutil.copy(REPOSITORY / name, tmp_path)
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "1", "PIP_NO_CACHE_DIR": "1"}
    without_uv = os.pathsep.join(
        folder
        for folder in os.environ["PATH"].split(os.pathsep)
        if not shutil.which("uv", path=folder)
    )
    result = subprocess.run(
        [sys.executable, "course.py", "lab"],
        cwd=tmp_path,
        env=os.environ | nowhere | {"PATH": without_uv, "PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr.strip().startswith("The packages could not be fetched: connect")
    assert "Traceback" not in result.stderr


def test_a_python_without_ensurepip_says_what_to_install(course, machine, monkeypatch, capsys):
    monkeypatch.setattr(course.importlib.util, "find_spec", lambda name: None)
    assert course.main(["lab"]) == 1
    assert f"apt install python3.{sys.version_info[1]}-venv" in capsys.readouterr().err
    assert machine.did() == []


def test_a_python_without_ensurepip_is_enough_for_uv(course, machine, monkeypatch):
    monkeypatch.setattr(course.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(course.shutil, "which", lambda name: "/bin/uv" if name == "uv" else None)
    assert course.main(["lab"]) == 0


def test_no_access_names_the_file(course, machine, monkeypatch, capsys):
    def refused():
        raise PermissionError(13, "Permission denied", "some.dll")

    course.prepare("lab")
    course.stamp_file().write_text("{}", encoding="utf-8")
    monkeypatch.setattr(course, "remove_venv", refused)
    assert course.main(["lab"]) == 1
    assert "some.dll cannot be used (Permission denied)" in capsys.readouterr().err


def test_an_interrupt_ends_with_130(course, monkeypatch, capsys):
    def interrupted(command):
        raise KeyboardInterrupt

    monkeypatch.setattr(course, "prepare", interrupted)
    assert course.main(["test"]) == 130
    assert "Interrupted: run this command again" in capsys.readouterr().err


# --- old Pythons ---


def test_an_old_python_can_read_the_file():
    ast.parse(COURSE.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_old_python_is_told_to_find_a_newer_one(course, machine, monkeypatch, capsys):
    monkeypatch.setattr(course.sys, "version_info", Version(3, 8, 18, "final", 0))
    assert course.main(["lab"]) == 1
    assert capsys.readouterr().err.strip() == (
        "The course needs Python 3.11 or newer and this is 3.8.18: install a newer one from "
        "python.org or with your package manager, then run this command again."
    )
    assert machine.did() == []


def test_an_old_python_names_a_newer_one_that_works(course, machine, monkeypatch, capsys):
    monkeypatch.setattr(course.sys, "version_info", Version(3, 8, 18, "final", 0))
    monkeypatch.setattr(course.shutil, "which", lambda name: name)
    machine.failing = {"python3.13": "no such version", "py": "not Windows"}
    assert course.main(["test"]) == 1
    assert "run `python3.12 course.py test` instead." in capsys.readouterr().err


def test_a_python_that_no_test_ran_on_is_not_offered(course, machine, monkeypatch):
    monkeypatch.setattr(course.shutil, "which", lambda name: name)
    assert course.newer_python() == "python3.13"
    tried = [word for command in machine.commands for word in command]
    assert "python3.14" not in tried and "-3.14" not in tried


def test_a_python_newer_than_the_tested_ones_is_told_so(course, machine, monkeypatch, capsys):
    monkeypatch.setattr(course.sys, "version_info", Version(3, 14, 0, "final", 0))
    course.main(["lab"])
    assert "tested with Python up to 3.13, and this is 3.14" in capsys.readouterr().out
    assert "jupyterlab" in machine.did()


# --- course.py lab ---


@pytest.mark.parametrize("keeps_none", [False, True])
def test_compiled_modules_are_kept_beside_the_sources_or_in_the_environment(
    course, monkeypatch, keeps_none: bool
):
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1" if keeps_none else "")
    shown = subprocess.run(
        [sys.executable, "-c", "import sys; print(sys.dont_write_bytecode, sys.pycache_prefix)"],
        env=course.environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.stdout.split() == [
        "False",
        str(course.VENV / "bytecode") if keeps_none else "None",
    ]


def test_lab_starts_jupyterlab_with_our_options_then_the_readers(course, machine):
    course.main(["lab", "--no-browser", "--port=1234"])
    command = machine.commands[-1]
    assert command[:3] == [str(course.venv_python()), "-m", "jupyterlab"]
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in command
    assert "--ServerApp.jpserver_extensions=chatlib.server_extension=True" in command
    assert command[-2:] == ["--no-browser", "--port=1234"]


def test_an_option_of_the_reader_wins(course):
    options = course.lab_options(["--ServerApp.root_dir=/elsewhere"])
    assert not [option for option in options if "root_dir" in option]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no root")
@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_is_allowed(course, monkeypatch, user, allowed):
    monkeypatch.setattr(course.os, "geteuid", lambda: user)
    assert ("--allow-root" in course.lab_options([])) is allowed


# --- course.py test ---


@pytest.fixture
def steps(course, machine, monkeypatch):
    """Play the checks: return the list of those that ran; `steps.failing` names one to fail."""

    class Steps(list):
        failing = None

        def call(self, command, cwd, env):
            self.append(command[2:])
            return int(command[2] == self.failing)

    steps = Steps()
    monkeypatch.setattr(course, "chromium", lambda: "/bin/chromium")
    monkeypatch.setattr(course, "tshark", lambda: "/bin/tshark")
    monkeypatch.setattr(course, "nginx", lambda: "/bin/nginx")
    monkeypatch.setattr(course, "node_js", lambda: True)
    monkeypatch.setattr(course.subprocess, "call", steps.call)
    monkeypatch.setattr(course.os, "environ", dict(os.environ))
    return steps


def test_a_full_run_checks_everything_and_the_coverage_of_wire(course, steps, capsys):
    assert course.main(["test"]) == 0
    assert [step[0] for step in steps] == ["ruff", "ruff", "mypy", "pytest", "pytest", "pytest"]
    assert steps[3][1] == "tests/wire"
    assert {"--cov=chatlib/wire", "--cov-fail-under=100"} <= {*steps[3]}
    assert steps[4][1:3] == ["--ignore=tests/wire", "--ignore=tests/browser"]
    assert steps[5][1] == "tests/browser"
    assert capsys.readouterr().out.splitlines()[-1] == (
        "browser ok, Node.js ok, ruff check ok, ruff format ok, mypy ok, pytest of wire ok, "
        "pytest of the rest ok, pytest in a browser ok"
    )
    assert course.os.environ["COURSE_CHROMIUM"] == "/bin/chromium"
    assert course.os.environ["COURSE_TSHARK"] == "/bin/tshark"
    assert course.os.environ["COURSE_NGINX"] == "/bin/nginx"


def test_options_go_to_pytest(course, steps):
    assert course.main(["test", "tests/test_course.py", "-x"]) == 0
    assert steps[-1] == ["pytest", "tests/test_course.py", "-x"]


@pytest.mark.parametrize("name", ["ruff", "mypy", "pytest"])
def test_a_failing_step_fails_the_run_and_the_others_still_run(course, steps, capsys, name):
    steps.failing = name
    assert course.main(["test"]) == 1
    assert len(steps) == 6
    assert "FAILED" in capsys.readouterr().out.splitlines()[-1]


def test_a_full_run_without_a_browser_fails(course, steps, monkeypatch, capsys):
    monkeypatch.setattr(course, "chromium", lambda: None)
    assert course.main(["test"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("browser FAILED, Node.js ok, ruff")
    assert course.main(["test", "tests/wire"]) == 0


def test_a_full_run_without_tshark_and_nginx_passes(course, steps, monkeypatch):
    for name in ("tshark", "nginx"):
        monkeypatch.setattr(course, name, lambda: None)
        monkeypatch.delenv(f"COURSE_{name.upper()}", raising=False)
    assert course.main(["test"]) == 0
    assert not {"COURSE_TSHARK", "COURSE_NGINX"} & set(course.os.environ)


def test_a_full_run_without_node_fails(course, steps, monkeypatch, capsys):
    monkeypatch.setattr(course, "node_js", lambda: False)
    assert course.main(["test"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("browser ok, Node.js FAILED, ruff")


# --- Node.js ---


def test_node_that_is_here_is_taken(course, machine):
    assert course.node_js()
    assert machine.did() == []


def test_node_that_is_missing_is_installed_or_asked_for(course, machine, capsys):
    machine.failing[course.ASK_NODE] = "Node.js 20 or newer, with npm, is not on this machine"
    assert not course.node_js()
    assert machine.commands[1][-2:] == ["--editable", ".[node]"]
    assert machine.did() == ["install"]
    assert "install Node.js 20 or newer" in capsys.readouterr().out


# --- the browser ---


def a_file(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return str(path)


@pytest.fixture
def no_browser(course, machine, monkeypatch, tmp_path):
    """A machine where no browser is installed, and Playwright would put its own at `tmp_path`."""
    own = tmp_path / "playwright" / "chrome"
    played = machine.run

    def run(command, text=""):
        if command[-1] == course.ASK_PLAYWRIGHT:
            return 0, f"{own}\n"
        if command[-2:] == ["install", "chromium"]:
            a_file(own)
        return played(command, text)

    monkeypatch.setattr(course, "run", run)
    monkeypatch.setattr(course, "CHROMIUM_ON_MACOS", ())
    for name in ("COURSE_CHROMIUM", "ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(course.os, "geteuid", lambda: 1000, raising=False)
    return own


def test_a_browser_on_the_path_is_taken(course, no_browser, monkeypatch, tmp_path):
    chrome = a_file(tmp_path / "google-chrome")
    monkeypatch.setattr(
        course.shutil, "which", lambda name: chrome if name == "google-chrome" else None
    )
    assert course.chromium() == chrome


def test_a_browser_that_does_not_start_is_passed_over(course, machine, no_browser, tmp_path):
    snap = a_file(tmp_path / "chromium-browser")
    course.os.environ["COURSE_CHROMIUM"] = snap
    machine.failing["--version"] = "requires the chromium snap to be installed"
    assert sys.platform == "win32" or course.chromium() is None


def test_chrome_on_windows_is_found(course, no_browser, monkeypatch, tmp_path):
    chrome = a_file(tmp_path / "Google/Chrome/Application/chrome.exe")
    monkeypatch.setenv("ProgramFiles", str(tmp_path))
    assert course.find_chromium() == chrome


def test_playwright_installs_a_browser_where_there_is_none(course, machine, no_browser):
    assert course.chromium() == str(no_browser)
    assert [
        str(course.venv_python()),
        "-m",
        "playwright",
        "install",
        "chromium",
    ] in machine.commands


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither root nor apt-get")
def test_root_on_debian_installs_with_apt(course, machine, no_browser, monkeypatch, tmp_path):
    def which(name):
        asked = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]
        installed = asked in machine.commands
        found = {"apt-get": "/usr/bin/apt-get"}
        return found.get(name) or (a_file(tmp_path / name) if installed else None)

    monkeypatch.setattr(course.os, "geteuid", lambda: 0)
    monkeypatch.setattr(course.shutil, "which", which)
    assert course.chromium() == str(tmp_path / "chromium")
    assert not [command for command in machine.commands if "playwright" in command]


def test_without_any_browser_a_sentence_says_how(course, machine, no_browser, capsys):
    machine.failing["playwright"] = "no network"
    no_browser.parent.mkdir()
    no_browser.mkdir()  # a folder is no program
    assert course.chromium() is None
    assert "install Chromium or Google Chrome, or put the path" in capsys.readouterr().out


# --- tshark ---


@pytest.fixture
def no_tshark(course, machine, monkeypatch):
    """A machine where no tshark is installed."""
    monkeypatch.setattr(course, "TSHARK_ON_MACOS", "")
    for name in ("COURSE_TSHARK", "ProgramFiles", "ProgramFiles(x86)"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(course.os, "geteuid", lambda: 1000, raising=False)


def test_a_tshark_on_the_path_is_taken(course, no_tshark, monkeypatch, tmp_path):
    tshark = a_file(tmp_path / "tshark")
    monkeypatch.setattr(course.shutil, "which", lambda name: tshark if name == "tshark" else None)
    assert course.tshark() == tshark


def test_the_tshark_of_wireshark_is_found(course, no_tshark, monkeypatch, tmp_path):
    on_windows = a_file(tmp_path / "Wireshark/tshark.exe")
    monkeypatch.setenv("ProgramFiles", str(tmp_path))
    assert course.tshark() == on_windows
    on_macos = a_file(tmp_path / "tshark")
    monkeypatch.setattr(course, "TSHARK_ON_MACOS", on_macos)
    assert course.tshark() == on_macos


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither root nor apt-get")
def test_root_on_debian_installs_tshark_with_apt(course, machine, no_tshark, monkeypatch, tmp_path):
    asked = ["apt-get", "install", "--yes", "--no-install-recommends", "tshark"]

    def which(name):
        installed = name == "apt-get" or asked in machine.commands
        return a_file(tmp_path / name) if installed else None

    monkeypatch.setattr(course.os, "geteuid", lambda: 0)
    monkeypatch.setattr(course.shutil, "which", which)
    assert course.tshark() == str(tmp_path / "tshark")


def test_without_tshark_a_line_says_what_is_left_out(course, no_tshark, capsys):
    assert course.tshark() is None
    assert capsys.readouterr().out == (
        "There is no tshark, so its tests are skipped: to run them, install Wireshark.\n"
    )


# --- nginx ---


@pytest.fixture
def no_nginx(course, machine, monkeypatch, tmp_path):
    """A machine where no nginx is installed."""
    monkeypatch.setattr(course, "SBIN", ())
    monkeypatch.setattr(course, "UNPACKED", tmp_path / "unpacked")
    monkeypatch.delenv("COURSE_NGINX", raising=False)


def test_nginx_is_unpacked_and_never_installed(course, machine, no_nginx, monkeypatch, tmp_path):
    tools = ("apt-get", "dpkg-deb")
    monkeypatch.setattr(course.shutil, "which", lambda name: name if name in tools else None)
    monkeypatch.setattr(course.os, "geteuid", lambda: 0, raising=False)
    unpacked = a_file(tmp_path / "unpacked/usr/sbin/nginx")
    monkeypatch.setattr(course, "find_nginx", iter([None, unpacked]).__next__)
    assert course.nginx() == unpacked
    assert ["apt-get", "update"] in machine.commands
    assert not [command for command in machine.commands if "install" in command]
    assert machine.commands[-1][-1] == str(tmp_path / "unpacked")


def test_an_nginx_outside_of_the_path_is_found(course, no_nginx, monkeypatch, tmp_path):
    monkeypatch.setattr(course, "SBIN", (tmp_path,))
    assert course.find_nginx() is None
    assert course.find_nginx() or a_file(tmp_path / "nginx") == course.find_nginx()


def test_without_nginx_a_line_says_what_is_left_out(course, no_nginx, capsys):
    assert course.nginx() is None
    assert capsys.readouterr().out == (
        "There is no nginx, so its tests are skipped: to run them, install nginx.\n"
    )


# --- the entry ---


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["tests"], 2), (["--help"], 0)])
def test_anything_else_shows_the_two_commands(arguments, code):
    result = subprocess.run([sys.executable, COURSE, *arguments], capture_output=True, text=True)
    assert result.returncode == code
    assert "python3 course.py lab" in result.stdout and "python3 course.py test" in result.stdout
    assert "Traceback" not in result.stderr


def test_run_returns_the_exit_code_and_both_outputs(course):
    script = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"
    code, output = course.run([sys.executable, "-c", script])
    assert code == 3 and sorted(output.split()) == ["one", "two"]


def test_ci_runs_the_command_of_the_readme():
    command = (REPOSITORY / ".ci/run").read_text(encoding="utf-8").splitlines()[-1].split("&& ")[-1]
    assert command == "python3 course.py test"
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert command in readme.splitlines()
