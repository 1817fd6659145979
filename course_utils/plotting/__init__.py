"""Pictures: curves that grow while a model trains, and figures.

`animator` takes the points, `svg` draws them as they grow, `curves` draws
them with matplotlib for a file or a saved notebook, `figures` shows other
figures and images, `output` shows a picture in a cell or a terminal.
"""
