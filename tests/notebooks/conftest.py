from execute import FOLDER, all_notebooks


def pytest_generate_tests(metafunc):
    """Run a test that asks for a `path` once for each notebook."""
    if "path" in metafunc.fixturenames:
        paths = all_notebooks()
        names = [str(p.relative_to(FOLDER).with_suffix("")) for p in paths]
        metafunc.parametrize("path", paths, ids=names)
