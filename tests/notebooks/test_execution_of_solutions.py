"""Every solution runs: a file of its own, for the other core."""

from nbval_run import check_notebook


def test_the_saved_outputs_are_those_of_a_new_run(solution_path):
    check_notebook(solution_path)
