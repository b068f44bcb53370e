"""What a release states about itself: one version, whom to cite, and a workflow of commands that people type, too."""

import pathlib
import re
import tomllib

import yaml

ROOT = pathlib.Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CITED = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
JOBS = WORKFLOW["jobs"]


def test_the_version_is_the_same_everywhere():
    newest = re.search(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M).group(1)
    assert newest == CITED["version"] == PROJECT["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", newest)


def test_the_authors_and_the_licence_are_the_same_everywhere():
    assert [author["name"] for author in CITED["authors"]] == [author["name"] for author in PROJECT["authors"]]
    assert CITED["license"] == PROJECT["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License\n")


def test_each_python_that_the_course_supports_has_its_classifier_and_its_quick_tests_on_each_system():
    oldest, newest = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups()
    versions = [f"3.{minor}" for minor in range(int(oldest), int(newest))]
    classifiers = [line.rpartition(" :: ")[2] for line in PROJECT["classifiers"] if " :: Python :: 3." in line]
    matrix = JOBS["quick"]["strategy"]["matrix"]
    assert matrix["python"] == classifiers == versions
    assert [name.partition("-")[0] for name in matrix["os"]] == ["ubuntu", "macos", "windows"]


def test_the_workflow_types_what_the_readme_and_contributing_say():
    typed = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in JOBS.items()}
    quick = '-m pytest tests -m "not slow"'
    assert typed == {
        "quick": [
            "make setup",
            f".venv/bin/python {quick}",
            r"python tools\install.py",
            rf".venv\Scripts\python {quick} --ignore=tests/test_cohort.py",
        ],
        "whole": ["make test"],
        "lessons": ["make setup", ".venv/bin/python -m pytest --nbval notebooks"],
        "oldest": [
            "python -m pip install uv",
            'uv pip install --system --resolution lowest-direct -e ".[test]" ipython==7.34.0 ipykernel==6.17.1',
            "python -m pytest --nbval notebooks tests/test_judge.py tests/test_factories.py",
        ],
        "newest": [
            'python -m pip install -e ".[test]"',
            "python -m pytest --nbval notebooks",
            f"python {quick}",
        ],
    }
    readme, contributing = ((ROOT / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md"))
    for command in ("make setup", "make test", r"tools\install.py", r".venv\Scripts\python -m pytest --nbval"):
        assert command in readme
    assert f".venv/bin/python {quick}" in contributing
    assert (ROOT / "tests" / "test_cohort.py").exists()


def test_the_newest_packages_are_tried_on_a_schedule_and_the_oldest_at_each_change_with_the_oldest_python():
    assert [sorted(one) for one in WORKFLOW[True]["schedule"]] == [["cron"]], "YAML reads the word on as true"
    scheduled = [name for name, job in JOBS.items() if "== 'schedule'" in job["if"]]
    assert scheduled == ["newest"] and {job["if"] for name, job in JOBS.items() if name not in scheduled} == {
        "github.event_name != 'schedule'"
    }
    pythons = {name: job["steps"][1]["with"]["python-version"] for name, job in JOBS.items()}
    ends = JOBS["quick"]["strategy"]["matrix"]["python"]
    assert (pythons["oldest"], pythons["newest"]) == (ends[0], ends[-1])
    here = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "--resolution lowest-direct" in here and "ipython==7.34.0 ipykernel==6.17.1" in here
