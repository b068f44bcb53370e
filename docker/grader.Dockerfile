# The grader, for submissions of people whom you don't know: aelib/grading/README.md says how to build and call it.
# `--unsafe` stands below because Docker lets a program make no namespaces of its own: the container is the wall here.
FROM python:3.12-slim
ENV PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /course
RUN useradd grader && install --directory --owner grader /out

COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY tools/install.py tools/
COPY aelib/jupyterlab.json aelib/
RUN python tools/install.py

COPY aelib aelib
USER grader
ENTRYPOINT ["/course/.venv/bin/aelib", "grade", "--unsafe", "--json", "/out/grades.json"]
