"""Pictures: curves that grow while a model trains, and figures.

`animator` takes the points. `svg` draws them as they grow, with `axes`,
`styles`, `legend`, `pointer_values`, `thinning` and `unicode_text`;
`saved_picture` draws them with matplotlib for a file or a saved notebook.
`figures` shows other figures and images, `output` shows pictures in a cell or
a terminal.
"""
