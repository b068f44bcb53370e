"""Makes the nbgrader notebook of exercise 0: a cell in which the learner writes the file, a graded cell a point."""

import sys

import nbformat

POINTS = ["requirement: interface", "requirement: architecture", "requirement: objective", "requirement: general"]
POINTS += ["code: form", "efficiency: trains"]
STARTER = '''%%writefile 0-vanilla.py
#!/usr/bin/env python3
"""A vanilla autoencoder."""

import tensorflow.keras as keras


def autoencoder(input_dims, hidden_layers, latent_dims):
    """Build the three models."""
'''


def notebook():
    """Return the instructor's notebook."""
    answer = nbformat.v4.new_code_cell(STARTER, id="answer")
    answer.metadata["nbgrader"] = _cell("answer", grade=False, solution=True)
    form = nbformat.v4.new_code_cell("!chmod +x 0-vanilla.py", id="mode")
    cells = [answer, form]
    for number, point in enumerate(POINTS):
        source = f'from aelib.grading import cohort\n\ncohort.require_point("0-vanilla.py", "{point}")'
        cell = nbformat.v4.new_code_cell(source, id=f"point-{number}")
        cell.metadata["nbgrader"] = {**_cell(f"point-{number}", grade=True, solution=False), "points": 1}
        cells.append(cell)
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def _cell(name, grade, solution):
    """Return nbgrader's metadata of a cell."""
    kept = {"grade_id": name, "grade": grade, "solution": solution, "locked": grade, "task": False}
    return {**kept, "schema_version": 3, "cell_type": "code"}


if __name__ == "__main__":
    nbformat.write(notebook(), sys.argv[1])
