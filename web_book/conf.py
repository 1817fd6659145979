"""Sphinx's settings for one language; `__main__` passes it by a variable."""

import os
import shutil
from pathlib import Path

from web_book.words import WORDS

LANGUAGE = os.environ.get("BOOK_LANGUAGE", "en")
_words = WORDS[LANGUAGE]

project = _words["title"]
author = "the course's authors"
language = _words["sphinx"]
html_title = _words["title"]
html_short_title = _words["title"]

extensions = ["myst_nb", "sphinx_copybutton", "sphinx-mathjax-offline"]
exclude_patterns = ["static"]
nb_execution_mode = "off"  # the saved notebooks, as they are
nb_merge_streams = True
nb_code_prompt_show = _words["show_code"]
nb_code_prompt_hide = _words["hide_code"]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
# A lesson's headings may begin anywhere, and its code is IPython's.
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type"]
highlight_language = "ipython3"

html_theme = "sphinx_book_theme"
html_theme_options = {
    "use_download_button": False,  # it would give the page's own source
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    "show_navbar_depth": 1,
    "article_header_end": ["language.html", "article-header-buttons.html"],
    "show_prev_next": True,
    "collapse_navigation": True,
    "navbar_start": [],  # all of it stands beside the text
    "navbar_center": [],
    "navbar_end": [],
    "navbar_persistent": [],
    "footer_content_items": [],
}
html_static_path = [os.environ.get("BOOK_STATIC", "static")]
templates_path = [os.path.join(os.path.dirname(__file__), "templates")]
html_css_files = ["chart.css", "book.css"]
html_js_files = ["words.js", ("panel.js", {"defer": "defer"})]
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_last_updated_fmt = None
html_context = {"default_mode": "auto"}
html_favicon = os.path.join(os.path.dirname(__file__), "static/icon.svg")
html_use_index = False
copybutton_selector = "div.highlight pre"


# Of MathJax's 20 MB the pages load one file, its fonts, and now and then one
# of TeX's extensions.
MATHJAX = {
    "": ("tex-chtml.js", "output", "input"),
    "input": ("tex",),
    "input/tex": ("extensions",),
}


def _drop_what_no_page_loads(app, exception):
    static = Path(app.outdir) / "_static"
    # Scripts' maps are for their authors; the theme's templates are no pages.
    for path in (*static.rglob("*.map"), *static.rglob("*.html")):
        path.unlink()
    if LANGUAGE != "en":  # the English pages' does for all languages
        shutil.rmtree(static / "mathjax", ignore_errors=True)
    for name, kept in MATHJAX.items():
        folder = static / "mathjax" / name
        for path in folder.iterdir() if folder.exists() else ():
            if path.name not in kept:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _name_stemmer(app):
    from sphinx.search.zh import SearchChinese

    # Sphinx 9.0 gives Chinese pages the English stemmer, and names another.
    SearchChinese.language_name = "English"


def setup(app):
    """Give each page the address of the same page in other languages."""
    others = [name for name in os.environ["BOOK_LANGUAGES"].split(",") if name]
    pages = {
        name: set(os.environ[f"BOOK_PAGES_{name}"].split(","))
        for name in others
    }

    def add_links(app, pagename, templatename, context, doctree):
        up = "../" * pagename.count("/")
        context["other_languages"] = [
            {
                "code": WORDS[name]["sphinx"].replace("_", "-"),
                "label": WORDS[name]["language"],
                "told": _words["switch"].format(
                    language=WORDS[name]["language"]
                ),
                "address": (
                    f"{up}../{pagename}.html"
                    if name == "en"
                    else f"{up}{'' if LANGUAGE == 'en' else '../'}{name}/"
                    f"{pagename}.html"
                ),
            }
            for name in others
            if name != LANGUAGE and pagename in pages[name]
        ]

    if LANGUAGE != "en":
        app.config.mathjax_path = f"../../_static/{app.config.mathjax_path}"
    app.connect("builder-inited", _name_stemmer)
    app.connect("build-finished", _drop_what_no_page_loads)
    app.connect("html-page-context", add_links)
