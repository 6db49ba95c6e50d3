#!/usr/bin/env python3
"""The one entry to the course: `python3 course.py lab` and `python3 course.py test`.

It knows how to make the environment in `.venv` and what to start in it. Standard library only,
and only syntax that Python 3.6 can read: an old Python must be able to say that it is too old.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List, Optional, Tuple

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)
NEWEST = (3, 13)  # the newest that all tests have passed on
FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"
USAGE = """\
python3 course.py lab  [options of JupyterLab]   open the course
python3 course.py test [options of pytest]       check everything (on Windows: py course.py ...)"""

# What each command installs. pyproject.toml decides what chatlib needs, so it counts as well.
FILES = {
    "lab": ["pyproject.toml", "requirements.txt"],
    "test": ["pyproject.toml", "requirements.txt", "requirements-test.txt"],
}
LAB_SETTINGS = {
    # JupyterLab asks at its first start whether it may show its news: not in a lesson.
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    # A saved notebook keeps what its panels showed last, for a reader without a kernel.
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
}
# Installs in seconds what takes pip minutes on a modest machine; where there is none, pip does it.
UV = "uv>=0.9"
SLOWEST = ["--durations=15", "--durations-min=3"]  # seconds: what is slow is printed
# Most tests wait for something, so five of them run at a time, but no more than two browsers, which
# need all of a core. They are handed out in pairs, so that no worker is left with the long ones.
FIVE_AT_A_TIME = ["--numprocesses=5", "--maxschedchunk=2"]
TWO_AT_A_TIME = ["--numprocesses=2", "--maxschedchunk=2"]
NEITHER = ["--ignore=tests/wire", "--ignore=tests/browser"]
AGAIN = "then run this command again."
SIGNS_OF_A_FULL_DISK = (
    "No space left on device",
    "not enough space on the disk",
    "os error 28",
    "os error 112",
    "Errno 28",
    "WinError 112",
    "quota exceeded",
)
SIGNS_OF_NO_NETWORK = (
    "NewConnectionError",
    "connection broken by",
    "name resolution",
    "Failed to resolve",
    "getaddrinfo failed",
    "dns error",
    "error sending request",
    "Read timed out",
    "ReadTimeoutError",
    "ConnectTimeout",
    "operation timed out",
    "Connection refused",
    "Connection reset",
    "Network is unreachable",
    "Failed to fetch",
)
CHROMIUM_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
CHROMIUM_ON_MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
CHROMIUM_ON_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
TSHARK_ON_MACOS = "/Applications/Wireshark.app/Contents/MacOS/tshark"
TSHARK_ON_WINDOWS = "Wireshark/tshark.exe"
# Where nginx is, outside of an ordinary user's PATH, and where ours is.
SBIN = (Path("/usr/sbin"), Path("/usr/local/sbin"))
UNPACKED = VENV / "nginx"
UNPACK_NGINX = 'cd "$0" && apt-get download nginx && dpkg-deb --extract nginx_*.deb .'
ASK_NODE = "from chatlib.kernel.node import find_node; find_node()"
ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright\n"
    "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
)


class Problem(Exception):
    """One sentence for the reader: what is wrong, and what to do."""


# --- The Python that runs this file ---------------------------------------------------------------


def check_python(command: str) -> None:
    """Raise Problem if this Python is too old to run `command`; say so if it is untried."""
    if sys.version_info[:2] > NEWEST:
        this, newest = (".".join(map(str, v)) for v in (sys.version_info[:2], NEWEST))
        print(
            f"The course is tested with Python up to {newest}, and this is {this}. "
            f"If something does not work, install Python {newest} and use that one."
        )
    if sys.version_info[:2] < OLDEST:
        this, oldest = (".".join(map(str, v)) for v in (sys.version_info[:3], OLDEST))
        newer = newer_python()
        what_to_do = (
            f"run `{newer} course.py {command}` instead."
            if newer
            else f"install a newer one from python.org or with your package manager, {AGAIN}"
        )
        raise Problem(f"The course needs Python {oldest} or newer and this is {this}: {what_to_do}")


def newer_python() -> Optional[str]:
    """Return a command that starts a Python new enough for the course, or None."""
    works = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        for command in (f"python3.{minor}", f"py -3.{minor}"):
            words = command.split()
            if shutil.which(words[0]) and run([*words, "-c", works])[0] == 0:
                return command
    return None


def check_venv_module() -> None:
    """Raise Problem where the system ships Python without `venv` or `ensurepip` (Debian does)."""
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        debian = f"python3.{sys.version_info[1]}-venv"
        raise Problem(
            f"This Python comes without its venv module: install it (on Debian and Ubuntu with "
            f"`apt install {debian}`, elsewhere take Python from python.org), {AGAIN}"
        )


# --- Running other programs -----------------------------------------------------------------------


def run(command: List[str], text: str = "") -> Tuple[int, str]:
    """Run a program quietly, with a clock behind `text` on a terminal.

    Returns:
        The exit code, and what the program wrote to both its outputs.
    """
    start = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=str(ROOT),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            while True:
                if text and sys.stdout.isatty():
                    print(f"\r  {text} ... {time.monotonic() - start:.0f} s", end="", flush=True)
                try:
                    output = process.communicate(timeout=1)[0]
                    return process.returncode, output.decode("utf-8", "replace")
                except subprocess.TimeoutExpired:
                    continue
        except BaseException:
            process.kill()
            raise


def step(text: str, command: List[str]) -> None:
    """Run one step of the set-up, or raise Problem with the reason why it failed."""
    start = time.monotonic()
    print(f"  {text} ...", end="", flush=True)
    code, output = run(command, text)
    print("" if sys.stdout.isatty() else f" {time.monotonic() - start:.0f} s", flush=True)
    if code:
        raise Problem(reason(text, output))


def step_succeeds(text: str, command: List[str]) -> bool:
    """Run a step in whose place there is another."""
    try:
        step(text, command)
    except Problem:
        return False
    return True


def reason(text: str, output: str) -> str:
    """Say in one sentence why an installer failed, from what it wrote."""
    if any(sign.lower() in output.lower() for sign in SIGNS_OF_A_FULL_DISK):
        return full_disk()
    if any(sign.lower() in output.lower() for sign in SIGNS_OF_NO_NETWORK):
        return (
            f"The packages could not be fetched: connect this computer to the internet "
            f"(behind a proxy, set HTTPS_PROXY), {AGAIN}"
        )
    log = ROOT / "course-install.log"
    log.write_text(output, encoding="utf-8")
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no message"]
    errors = [line for line in lines if line.lower().startswith("error")]
    last = (errors or lines)[-1]
    return f'"{text}" failed with "{last}": read {log.name} for the whole story, {AGAIN}'


def full_disk() -> str:
    """Return the sentence for a disk without space."""
    return f"The disk is full: free 1 GB, {AGAIN}"


def environment() -> Dict[str, str]:
    """Return the variables for a program started in `.venv`: those that `activate` would set.

    Who wants no compiled modules beside the sources (PYTHONDONTWRITEBYTECODE) gets them in `.venv`:
    else every kernel would compile all of them again.
    """
    path = os.pathsep.join([str(venv_python().parent), os.environ.get("PATH", "")])
    variables = dict(os.environ, VIRTUAL_ENV=str(VENV), PATH=path)
    if variables.pop("PYTHONDONTWRITEBYTECODE", ""):
        variables["PYTHONPYCACHEPREFIX"] = str(VENV / "bytecode")
    return variables


def become(command: List[str]) -> int:
    """Hand this terminal over to another program and end with its exit code."""
    sys.stdout.flush()
    os.chdir(str(ROOT))
    if sys.platform != "win32":
        os.execve(command[0], command, environment())
    # On Windows exec returns to the prompt at once. Ctrl+C reaches the program by itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(command, env=environment())


# --- The environment in .venv ---------------------------------------------------------------------


def venv_python() -> Path:
    """Return the path of the Python inside `.venv`."""
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def stamp_file() -> Path:
    """Return the path of the file that says what has been installed completely."""
    return VENV / "course-stamp.json"


def digest(command: str) -> str:
    """Return a hash of every file that decides what `command` needs installed."""
    hashed = hashlib.sha256()
    for name in FILES[command]:
        hashed.update((ROOT / name).read_bytes() + b"\0")
    return hashed.hexdigest()


def made_by() -> str:
    """Return what ties `.venv` to this place: an environment can't change Python, nor move."""
    return f"Python {sys.version_info[0]}.{sys.version_info[1]} for {ROOT}"


def read_stamp() -> Dict[str, str]:
    """Return what has been installed completely; empty if `.venv` is missing or half-made."""
    try:
        stamp = json.loads(stamp_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    usable = isinstance(stamp, dict) and stamp.get("made_by") == made_by()
    return stamp if usable and venv_python().exists() else {}


def write_stamp(stamp: Dict[str, str]) -> None:
    """Write what has been installed completely; an empty stamp only says that `.venv` is ours."""
    stamp_file().write_text(json.dumps(stamp), encoding="utf-8")


def prepare(command: str) -> None:
    """Make `.venv` ready for `command`; return at once if nothing has changed.

    Raises:
        Problem: the environment could not be made; the next run starts it anew.
    """
    stamp = read_stamp()
    if stamp.get(command) == digest(command):
        return
    uv = shutil.which("uv")
    if not stamp:
        make_venv(uv)
    install(command, uv)


def make_venv(uv: Optional[str]) -> None:
    """Make an empty `.venv`, in place of what was there."""
    print("Setting up the course in .venv: 150 MB, once. On a good network it takes a minute.")
    if not uv:
        check_venv_module()
    if VENV.exists():
        remove_venv()
    VENV.mkdir()
    write_stamp({})
    # Started from inside .venv, sys.executable has just gone; the Python behind it has not.
    python = getattr(sys, "_base_executable", None) or sys.executable
    by_uv = [uv or "uv", "venv", "--allow-existing", "--seed", "--python", python, str(VENV)]
    by_venv = [python, "-m", "venv", str(VENV)]
    step("making the environment", by_uv if uv else by_venv)


def remove_venv() -> None:
    """Remove `.venv`, unless somebody else made it."""
    if not stamp_file().exists() and any(VENV.iterdir()):
        raise Problem(f"There is a .venv here that course.py did not make: move it away, {AGAIN}")
    print("  removing the .venv that is not complete, or not for this Python or folder")
    try:
        shutil.rmtree(str(VENV))
    except OSError:
        # On Windows, what a JupyterLab uses stays. The next run must know that the rest is ours.
        write_stamp({})
        raise


def fetch_uv() -> Optional[str]:
    """Return the path of a uv in `.venv`, fetched now if need be; None where that fails."""
    uv = venv_python().with_name("uv.exe" if sys.platform == "win32" else "uv")
    if not uv.exists():
        run([str(venv_python()), "-m", "pip", "install", "--disable-pip-version-check", UV])
    return str(uv) if starts(str(uv)) else None


def install(command: str, uv: Optional[str]) -> None:
    """Install the packages that `command` needs, exactly as locked, and chatlib from this folder.

    The stamp is emptied before the first change and filled after the last one, so that an
    interrupted installation is never taken for a complete one.
    """
    write_stamp({})
    # Behind the proxy of a school, the certificates that count are the system's.
    os.environ.setdefault("UV_SYSTEM_CERTS", "1")
    uv = uv or fetch_uv()
    locks = [name for name in FILES[command] if name.endswith(".txt")]
    python = str(venv_python())
    # The lock is complete: without --no-deps the installer would only work it out once more.
    what = [*(f"--requirement={name}" for name in locks), "--no-deps", "--editable", "."]
    by_uv = [uv or "uv", "pip", "install", "--python", python, *what]
    by_pip = [python, "-m", "pip", "install", "--disable-pip-version-check", *what]
    if not uv or not step_succeeds("installing the packages with uv", by_uv):
        # Only pip knows a mirror that is set for pip.
        step("installing the packages with pip", by_pip)
    write_lab_settings(VENV)
    write_stamp(dict({name: digest(name) for name in ("lab", command)}, made_by=made_by()))


def write_lab_settings(prefix: Path) -> None:
    """Give JupyterLab our settings in the environment at `prefix`, not in the user's others."""
    folder = Path(prefix) / "etc" / "jupyter" / "labconfig"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "default_setting_overrides.json"
    settings.write_text(json.dumps(LAB_SETTINGS), encoding="utf-8")


# --- course.py lab --------------------------------------------------------------------------------


def lab(arguments: List[str]) -> int:
    """Open the course in JupyterLab; `arguments` go to JupyterLab and win over ours."""
    prepare("lab")
    # Elsewhere JupyterLab asks whether it should stop; the second time is the answer.
    twice = "" if sys.platform == "win32" else " twice"
    print(f"Starting JupyterLab. To stop it, press Ctrl+C{twice} in this window.")
    print('"Not trusted" below only means: this notebook was not yet saved on this computer.')
    return become([str(venv_python()), "-m", "jupyterlab", *lab_options(arguments), *arguments])


def lab_options(arguments: List[str]) -> List[str]:
    """Return the course's own options for JupyterLab, without those that `arguments` set."""
    options = [
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}",
        "--ServerApp.jpserver_extensions=chatlib.server_extension=True",
        # Else each kernel warns in the terminal that its connection is not encrypted.
        "--KernelManager.transport_encryption=auto",
    ]
    if sys.platform != "win32" and os.geteuid() == 0:
        options.append("--allow-root")
    given = {argument.split("=")[0] for argument in arguments}
    return [option for option in options if option.split("=")[0] not in given]


# --- course.py test -------------------------------------------------------------------------------


def test(arguments: List[str]) -> int:
    """Run ruff, mypy and pytest; `arguments` go to pytest. Return 0 if every step passed.

    Only a run without arguments runs all tests, so only that one asks for the browser, Node.js and
    a coverage of 100 % in chatlib/wire. Tests of a missing tshark or nginx are skipped.
    """
    prepare("test")
    browser, node, dissector, proxy = chromium(), node_js(), tshark(), nginx()
    if browser:
        os.environ["COURSE_CHROMIUM"] = browser
    if dissector:
        os.environ["COURSE_TSHARK"] = dissector
    if proxy:
        os.environ["COURSE_NGINX"] = proxy
    results = {} if arguments else {"browser": bool(browser), "Node.js": node}
    for name, words in checks(arguments):
        print(f"== {name}", flush=True)
        command = [str(venv_python()), "-m", *words]
        results[name] = subprocess.call(command, cwd=str(ROOT), env=environment()) == 0
    print(", ".join(f"{name} {'ok' if ok else 'FAILED'}" for name, ok in results.items()))
    return 0 if all(results.values()) else 1


def checks(arguments: List[str]) -> List[Tuple[str, List[str]]]:
    """Return the steps of `course.py test`: each one's name and what follows `python -m`."""
    always = [
        ("ruff check", ["ruff", "check", "."]),
        ("ruff format", ["ruff", "format", "--check", "."]),
        ("mypy", ["mypy"]),
    ]
    if arguments:
        return [*always, ("pytest", ["pytest", *arguments])]
    # To trace which lines run made the tests of three rooms a third slower, so only one is traced.
    coverage = ["--cov=chatlib/wire", "--cov-fail-under=100"]
    return [
        *always,
        ("pytest of wire", ["pytest", "tests/wire", *TWO_AT_A_TIME, *coverage]),
        ("pytest of the rest", ["pytest", *NEITHER, *FIVE_AT_A_TIME, *SLOWEST]),
        ("pytest in a browser", ["pytest", "tests/browser", *TWO_AT_A_TIME, *SLOWEST]),
    ]


def chromium() -> Optional[str]:
    """Return the path of a Chromium that starts, installed now if need be; None without one."""
    python = str(venv_python())
    found = find_chromium()
    if not found and apt_get("chromium", "Chromium for the browser tests"):
        found = find_chromium()
    if not found:
        print("Installing Chromium for the browser tests with Playwright: a few minutes, once.")
        run([python, "-m", "playwright", "install", "chromium"])
        found = find_chromium()
    if not found:
        print(
            "There is no Chromium for the browser tests: install Chromium or Google Chrome, or "
            "put the path of one that you have into COURSE_CHROMIUM, " + AGAIN
        )
    return found


def apt_get(package: str, what: str) -> bool:
    """Install a package if this is Debian or one of its family, and we are root; say if we did."""
    if sys.platform == "win32" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Installing {what} with apt-get: about a minute, once.")
    run(["apt-get", "update"])
    run(["apt-get", "install", "--yes", "--no-install-recommends", package])
    return True


def node_js() -> bool:
    """Say whether the tests have a Node.js that is new enough, installed now if need be."""
    python = str(venv_python())
    ask = [python, "-c", ASK_NODE]
    if run(ask)[0] == 0:
        return True
    print("Installing Node.js for the tests: 60 MB, once.")
    run([python, "-m", "pip", "install", "--disable-pip-version-check", "--editable", ".[node]"])
    found = run(ask)[0] == 0
    if not found:
        print("There is no Node.js for the tests: install Node.js 20 or newer, " + AGAIN)
    return found


def find_chromium() -> Optional[str]:
    """Return the path of the first Chromium, Chrome or Edge here that starts, or None."""
    candidates = [os.environ.get("COURSE_CHROMIUM"), *map(shutil.which, CHROMIUM_NAMES)]
    candidates += CHROMIUM_ON_MACOS
    for variable in ("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"):
        folder = os.environ.get(variable)
        candidates += [str(Path(folder, end)) for end in CHROMIUM_ON_WINDOWS] if folder else []
    usable = next((path for path in candidates if path and starts(path)), None)
    if usable:
        return usable
    code, output = run([str(venv_python()), "-c", ASK_PLAYWRIGHT])
    return output.strip() if code == 0 and starts(output.strip()) else None


def tshark() -> Optional[str]:
    """Return the path of tshark, Wireshark's dissector for the terminal; None without one."""
    found = find_tshark()
    if not found and apt_get("tshark", "tshark, which reads the course's pcapng files,"):
        found = find_tshark()
    if not found:
        print("There is no tshark, so its tests are skipped: to run them, install Wireshark.")
    return found


def find_tshark() -> Optional[str]:
    """Return the path of the first tshark here that starts, or None."""
    candidates = [os.environ.get("COURSE_TSHARK"), shutil.which("tshark"), TSHARK_ON_MACOS]
    for variable in ("ProgramFiles", "ProgramFiles(x86)"):
        folder = os.environ.get(variable)
        candidates += [str(Path(folder, TSHARK_ON_WINDOWS))] if folder else []
    return next((path for path in candidates if path and starts(path)), None)


def nginx() -> Optional[str]:
    """Return the path of nginx; None without one.

    Debian's is unpacked and not installed: an installed one starts, and listens on port 80.
    """
    found = find_nginx()
    if not found and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        print("Unpacking nginx with apt-get and dpkg-deb into .venv: some seconds, once.")
        if os.geteuid() == 0:
            run(["apt-get", "update"])
        UNPACKED.mkdir(exist_ok=True)
        run(["sh", "-c", UNPACK_NGINX, str(UNPACKED)])
        found = find_nginx()
    if not found:
        print("There is no nginx, so its tests are skipped: to run them, install nginx.")
    return found


def find_nginx() -> Optional[str]:
    """Return the path of the first nginx here that starts, or None."""
    candidates = [os.environ.get("COURSE_NGINX"), shutil.which("nginx")]
    candidates += [str(folder / "nginx") for folder in (*SBIN, UNPACKED / "usr" / "sbin")]
    return next((path for path in candidates if path and starts(path, "-v")), None)


def starts(program: str, asked: str = "--version") -> bool:
    """Say whether a program can be started (Ubuntu ships a `chromium` that only names a snap)."""
    if not Path(program).is_file():
        return False
    # On Windows, --version of a browser opens a window instead.
    return sys.platform == "win32" or run([program, asked])[0] == 0


# --- The entry ------------------------------------------------------------------------------------


def main(arguments: List[str]) -> int:
    """Run one command and return the exit code; a problem is one sentence, not a traceback."""
    commands = {"lab": lab, "test": test}
    if not arguments or arguments[0] not in commands:
        print(USAGE)
        return 0 if arguments in (["--help"], ["-h"]) else 2
    try:
        check_python(arguments[0])
        return commands[arguments[0]](arguments[1:])
    except Problem as problem:
        sentence, code = str(problem), 1
    except KeyboardInterrupt:
        sentence, code = "Interrupted: run this command again, it repairs what is half done.", 130
    except OSError as error:
        full = any(sign in str(error) for sign in SIGNS_OF_A_FULL_DISK)
        sentence, code = full_disk() if full else no_access(error), 1
    print(f"\n{sentence}", file=sys.stderr)
    return code


def no_access(error: OSError) -> str:
    """Return the sentence for a file that the system keeps from us."""
    return (
        f"{error.filename or 'A file'} cannot be used ({error.strerror}): stop a JupyterLab that "
        f"still runs from this folder, see that you may write here, {AGAIN}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
