"""The web book: the lessons as pages whose sliders need no kernel.

`python -m web_book` builds it into ``build/site``. In the order of the work:

- `planning` chooses the settings of each panel;
- `stored_runs` runs the lessons' code at these settings and keeps the runs;
- `packing` turns the runs of a panel into what a page loads;
- `pages` writes the sources that Sphinx reads, `front` the front page;
- `words` has all words that are not a lesson's, in each language;
- `checking` looks at the finished pages in a browser.
"""
