from execute import FOLDER, all_notebooks

PATHS = all_notebooks()
SOLUTIONS = [path for path in PATHS if path.parent.name == "solutions"]
ASKED = {
    "path": PATHS,
    "lesson_path": [path for path in PATHS if path not in SOLUTIONS],
    "solution_path": SOLUTIONS,
}


def pytest_generate_tests(metafunc):
    """Run a test that asks for a `path` once for each notebook."""
    for name in ASKED.keys() & set(metafunc.fixturenames):
        names = [
            str(path.relative_to(FOLDER).with_suffix(""))
            for path in ASKED[name]
        ]
        metafunc.parametrize(name, ASKED[name], ids=names)
