"""A real JupyterHub with two learners: one course that nobody changes, each with lessons and progress of their own."""

import contextlib
import json
import os
import pathlib
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import pytest
import test_browser
from test_browser import cells, keep, type_and_run
from test_browser_explorers import listen
from test_browser_lessons import QUIZZES, answer_by_mouse, tries
from test_browser_quiz import connected

from tools import notebooks

PROXY = os.environ.get("AELIB_PROXY")  # the path of configurable-http-proxy, from the npm package of that name
pytestmark = [
    *test_browser.pytestmark,
    pytest.mark.skipif(not PROXY, reason="AELIB_PROXY does not name a copy of configurable-http-proxy"),
]
browser = test_browser.browser

LEARNERS = {"ada": 20001, "bob": 20002}  # whose servers run as users of these numbers, where the tests may do that
LESSON = notebooks.FOLDER / "00_start_here.ipynb"
CONFIG = """
import os
from jupyterhub.auth import DummyAuthenticator
from jupyterhub.spawner import SimpleLocalProcessSpawner

class Spawner(SimpleLocalProcessSpawner):
    def make_preexec_fn(self, name):
        def enter():
            if {apart}:
                os.setgroups([])
                os.setgid({learners}[name])
                os.setuid({learners}[name])
            os.chdir(self.home_dir)
        return enter

c.JupyterHub.spawner_class = Spawner
c.JupyterHub.authenticator_class = DummyAuthenticator
c.Authenticator.allowed_users = set({learners})
c.JupyterHub.bind_url = "http://127.0.0.1:{ports[0]}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{ports[1]}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[2]}"
c.ConfigurableHTTPProxy.command = {proxy}
c.JupyterHub.db_url = "sqlite://"
c.JupyterHub.cookie_secret = os.urandom(32)
c.Spawner.cmd = {command}
c.Spawner.args = ["--LabApp.expose_app_in_browser=True"] + ["--allow-root"] * (os.name == "posix" and os.getuid() == 0)
c.Spawner.default_url = "/lab/tree/autoencoders/{lesson}"
c.Spawner.environment = {{"PYTHONPATH": {course}, "PYTHONDONTWRITEBYTECODE": "1"}}
c.SimpleLocalProcessSpawner.home_dir_template = {homes} + "/{{username}}"
c.Spawner.http_timeout = c.Spawner.start_timeout = 120
"""


def apart():
    """Return whether the learners' servers can run as users of their own: for root, if those can reach this Python."""
    program = [
        sys.executable,
        "-c",
        "import subprocess, sys; subprocess.run([sys.executable, '--version'], check=True)",
    ]
    try:
        identity = {"user": LEARNERS["ada"], "group": LEARNERS["ada"], "extra_groups": []}
        return subprocess.run(program, **identity, env={}, cwd="/", capture_output=True).returncode == 0
    except OSError:  # nobody but root may
        return False


class Hub:
    """What the tests know of the hub: its address, the course, the learners' homes, whether they are users apart."""

    def __init__(self, folder):
        self.course, self.homes, self.apart = folder / "course", folder / "homes", apart()
        with contextlib.ExitStack() as stack:
            free = [stack.enter_context(socket.socket()) for _ in range(3)]
            for one in free:
                one.bind(("127.0.0.1", 0))
            self.ports = [one.getsockname()[1] for one in free]
        self.address = f"http://127.0.0.1:{self.ports[0]}"

    def config(self):
        """Return the text of jupyterhub_config.py."""
        run = shlex.quote(sys.executable)  # lessons first, then the server, as site/hub.md has it
        copy = f'{run} -m aelib course "$HOME/autoencoders"'
        command = ["sh", "-c", f'{copy} && exec {run} -m jupyterhub.singleuser "$@"', "sh"]
        named = {"proxy": [PROXY], "command": command, "course": str(self.course), "homes": str(self.homes)}
        return CONFIG.format(
            apart=self.apart,
            ports=self.ports,
            learners=LEARNERS,
            lesson=LESSON.name,
            **{k: repr(v) for k, v in named.items()},
        )


@pytest.fixture(scope="module")
def hub():
    """A JupyterHub over a course that can't be written, with an empty home for each learner, open as many are."""
    pytest.importorskip("jupyterhub")
    with tempfile.TemporaryDirectory() as folder:
        made = Hub(pathlib.Path(folder))
        pathlib.Path(folder).chmod(0o755)
        for part in ("aelib", "notebooks", "quizzes"):
            leave = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            shutil.copytree(notebooks.FOLDER.parent / part, made.course / part, ignore=leave)
        for path in [made.course, *made.course.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        for name, number in LEARNERS.items():
            settings = made.homes / name / ".jupyter" / "lab" / "user-settings" / "@jupyterlab" / "notebook-extension"
            settings.mkdir(parents=True)  # draw all cells, not only those on the screen
            (settings / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
            for path in [made.homes / name, *(made.homes / name).rglob("*")] if made.apart else ():
                os.chown(path, number, number)
        hub_folder = pathlib.Path(folder) / "hub"
        hub_folder.mkdir(mode=0o700)
        (hub_folder / "jupyterhub_config.py").write_text(made.config())
        environment = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_VERSION")}
        with open(hub_folder / "log", "w") as log:
            command = [sys.executable, "-m", "jupyterhub"]
            server = subprocess.Popen(command, cwd=hub_folder, env=environment, stdout=log, stderr=log)
        try:
            for _ in range(240):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"{made.address}/hub/health", timeout=1)
                    break
                assert server.poll() is None, (hub_folder / "log").read_text()
                time.sleep(0.5)
            yield made
        finally:
            server.terminate()
            server.wait(60)
            for path in [made.course, *made.course.rglob("*")]:
                path.chmod(0o755)


@pytest.fixture(scope="module")
def pages(hub, browser):
    """A page for each learner, logged in, where the first lesson stands open in a JupyterLab of the learner's own."""
    opened = {}
    for name in LEARNERS:
        page = opened[name] = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.left, page.errors = [], []
        listen(page)
        page.goto(f"{hub.address}/hub/login")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill("any")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"**/user/{name}/lab/tree/**", timeout=120_000)
        page.wait_for_function("window.jupyterapp !== undefined", timeout=60_000)
        page.evaluate("() => window.jupyterapp.started")
        page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
            timeout=60_000,
        )
    yield opened
    for page in opened.values():
        page.context.close()
        assert page.left == [] and page.errors == []


def told(page, program):
    """Run a program in a new kernel of a learner's server; return what it prints."""
    return page.evaluate(
        """async program => {
            const kernel = await window.jupyterapp.serviceManager.kernels.startNew({ name: "python3" });
            const future = kernel.requestExecute({ code: program });
            let text = "";
            future.onIOPub = ({ header, content }) => {
                if (header.msg_type === "stream") text += content.text;
                if (header.msg_type === "error") text += content.ename + ": " + content.evalue;
            };
            await future.done;
            await kernel.shutdown();
            return text.trim();
        }""",
        program,
    )


def state(folder):
    """Return what lies in a folder: (path, when it was changed, content)."""
    return [(path, path.stat().st_mtime_ns, path.is_file() and path.read_bytes()) for path in sorted(folder.rglob("*"))]


@pytest.fixture(scope="module")
def answered(hub, pages):
    """What each learner's quiz and progress say, after each has called `aelib course` and answered another question."""
    before, asked, found = state(hub.course), QUIZZES[LESSON.name], {}
    for name, question, right in (("ada", asked[0], False), ("bob", asked[1], True)):
        page = pages[name]
        program = "import sys\n!{sys.executable} -m aelib course ~/autoencoders\n"
        said, place = told(page, program + "from aelib import ledger\nprint(ledger.place())").rsplit("\n", 1)
        quizzed = [cell["source"] for cell in cells(page)].index('quiz("00")')
        type_and_run(page, quizzed, 'from aelib.quiz import quiz\nquiz("00")')
        connected(page)
        answer_by_mouse(page, question, 1, *tries(question)[-1 if right else 0])
        connected(page)
        page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        found[name] = said.strip(), pathlib.Path(place), {question["id"]: "right" if right else "wrong"}
        keep(page, f"hub_{name}")
    assert state(hub.course) == before, "the course is as it was"
    return found


def test_each_learner_gets_lessons_of_their_own_from_a_course_that_nobody_changes(hub, answered):
    lessons = {path.name: path.read_bytes() for path in (hub.course / "notebooks").glob("*.ipynb")}
    for name, (said, *_) in answered.items():
        mine = hub.homes / name / "autoencoders"
        assert f"Lessons written to {mine}: 0; there already: {len(lessons)}." in said, "they came before the server"
        assert said.endswith(f"To begin, open {mine / LESSON.name} in JupyterLab.")
        own = {path.name: path.read_bytes() for path in mine.glob("*.ipynb")}
        assert set(own) == set(lessons) and own.pop(LESSON.name) != lessons[LESSON.name], "the answered one was saved"
        assert own == {other: lessons[other] for other in own}


def test_each_learner_has_progress_of_their_own(hub, answered):
    for name, (_, place, outcomes) in answered.items():
        assert place.is_relative_to(hub.homes / name)
        kept = json.loads(place.read_text("utf-8"))
        assert {question: entry["last"] for question, entry in kept["question"].items()} == outcomes
        assert place.parent.stat().st_mode & 0o777 == 0o700, "also in a home that others may enter"


def test_no_learner_comes_by_another_ones_server(hub, pages, answered):
    for name, other in (("ada", "bob"), ("bob", "ada")):
        visit = pages[name].context.new_page()
        assert visit.goto(f"{hub.address}/user/{name}/tree/autoencoders").status == 200
        assert visit.goto(f"{hub.address}/user/{other}/tree/autoencoders").status == 403
        assert "autoencoders" not in visit.locator("body").inner_text()
        visit.close()


def test_no_learner_reads_another_ones_progress_or_writes_into_the_course_or_another_ones_home(hub, pages, answered):
    if not hub.apart:
        pytest.skip("The learners are one user here: run the tests as root, with a Python that other users can run.")
    program = """
def attempt(path, mode):
    try:
        open(path, mode).close()
        return "done"
    except PermissionError:
        return "refused"
print([attempt(*one) for one in {}])
"""
    for name, other in (("ada", "bob"), ("bob", "ada")):
        attempts = [(str(answered[name][1]), "r"), (str(answered[other][1]), "r")]
        attempts += [(str(hub.course / LESSON.relative_to(notebooks.FOLDER.parent)), mode) for mode in "ra"]
        attempts += [(str(place / "new"), "w") for place in (hub.course, hub.homes / other, hub.homes / name)]
        expected = ["done", "refused", "done", "refused", "refused", "refused", "done"]
        assert told(pages[name], program.format(attempts)) == str(expected)
