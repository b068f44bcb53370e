# What `make lab` opens, for a computer that has Docker and no Python: JupyterLab on lesson 00. In the course's folder:
#
#   docker build -t aelib-lab -f docker/lab.Dockerfile .
#   docker run --rm -p 127.0.0.1:8888:8888 -v aelib-lessons:/course/notebooks -v aelib-progress:/progress aelib-lab
#
# Open the address that it prints. The two volumes keep what you change in the lessons, and your progress.
# It stands in a folder of its own because Binder takes a Dockerfile in the root in place of environment.yml.
FROM python:3.12-slim
ENV PIP_NO_CACHE_DIR=1 AELIB_PROGRESS=/progress/progress.json
WORKDIR /course
RUN useradd --create-home learner && install --directory --owner learner /progress

# First what the set-up reads, so that a changed lesson does not install everything again.
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY tools/install.py tools/
COPY aelib/jupyterlab.json aelib/
RUN python tools/install.py

COPY quizzes quizzes
COPY aelib aelib
COPY --chown=learner notebooks notebooks
USER learner
EXPOSE 8888
CMD ["/course/.venv/bin/python", "-m", "jupyterlab", "notebooks/00_start_here.ipynb", "--ip=0.0.0.0", "--no-browser"]
