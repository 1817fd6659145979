"""Pictures: curves that grow while a model trains, and figures.

`animator` takes the points. `svg` draws them as they grow, with `axes`,
`curve_paths`, `styles`, `legend`, `pointer_values` and `unicode_text`;
`saved_picture` draws them with matplotlib for a file or a saved notebook, with
`matplotlib_text`. `progress` tells how far a training has come. `figures`
shows other figures and images, `views` shows curves in a cell or a terminal.
"""
