"""All words of the web book that are not a lesson's, in each language.

A language is in the book when it has an entry here and a folder of notebooks.
Names in braces are filled in by the builder or by ``static/panel.js``.
"""

WORDS = {
    "en": {
        "language": "English",
        "sphinx": "en",
        "title": "Regularization, under your hand",
        # Below a panel
        "stored": "Stored runs of this lesson's code; in the notebook your"
        " own code trains.",
        "thinned": "Stored here: {counts}.",
        "count": "{kept} of {all} positions of {name}",
        "alone": "Stored with one slider moved at a time: {names}.",
        "no_script": "Moving the sliders needs JavaScript.",
        # A panel's buttons and notes
        "panel": "Sliders of {name}",
        "clear": "Clear",
        "clear_title": "Forget the earlier curves",
        "reset": "Reset",
        "reset_title": "Move the sliders back",
        "copy": "Copy link",
        "copy_title": "Copy a link to these settings",
        "copied": "Link copied.",
        "not_copied": "This is the link: {link}",
        "code_title": "these settings as code",
        "values": "Values at each {name}",
        "unknown_name": "There is no slider {name}; the rest is set.",
        "unknown_value": "{name} = {value} is not stored; it stays at {used}.",
        "nearest": "{name} = {value} is not stored; the nearest is {used}.",
        "other_seed": "Only runs of seed {used} are stored.",
        "unknown_panel": "There is no panel {name} on this page.",
        "went_back": "Stored with one slider moved at a time: {names} went"
        " back to the start.",
        "not_loaded": "The stored runs could not be loaded.",
        # Above a lesson, and beside code
        "binder": "Open in Binder",
        "colab": "Open in Colab",
        "download": "Download notebook",
        "doors": "Open this lesson where your own code runs",
        "show_code": "Show the code",
        "hide_code": "Hide the code",
        "show_check": "The check",
        "show_solution": "A solution",
        "your_turn": "Do this in the notebook",
        "your_turn_rest": ": replace <code>raise NotImplementedError</code>;"
        " the check tells at once what is still wrong. The sliders then"
        " train your code.",
        "exercise_rest": ": write your answer there, and the check tells at"
        " once what is still wrong.",
        # What a lesson's first cell says: its minutes (a regular expression),
        # and the end of the sentences that tell what it is about
        "stated": r"About (\d+) minutes to read and drag, and (\d+) more for"
        r" the exercises",
        "about_ends": " After this lesson you can",
        "minutes": "{read} + {do} min",
        # Navigation and front page
        "switch": "This page in {language}",
        "lessons": "Lessons",
        "curious": "For the curious",
        "more": "More",
        "solutions": "Solutions",
        "solutions_told": "One way to solve each *Your turn* and each"
        " exercise. Try first: the check tells at once what is still wrong.",
    },
}
