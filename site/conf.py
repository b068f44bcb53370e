"""Sphinx's settings for the course's site, and formulas as MathML, so that a page needs no script to show them."""

from docutils import nodes

from aelib import quiz

project = "Autoencoders, hands on"
author = "The aelib authors"
language = "en-GB"
extensions = ["myst_nb"]
exclude_patterns = ["static"]
nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show, nb_code_prompt_hide = "Show the set-up", "Hide the set-up"
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 4
suppress_warnings = ["mystnb.unknown_mime_type"]

html_title = project
html_theme = "furo"
html_theme_options = {"navigation_with_keys": True, "footer_icons": []}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_copy_source = html_show_sourcelink = False
html_show_copyright = html_show_sphinx = False
html_math_renderer = "mathml"


def formula(translator, node):
    """Write a formula into a line of text."""
    translator.body.append(quiz.mathml(node.astext()))
    raise nodes.SkipNode


def displayed(translator, node):
    """Write a formula that stands on lines of its own."""
    math = quiz.mathml(node.astext()).replace('display="inline"', 'display="block"', 1)
    translator.body.append(f'<div class="course-formula">{math}</div>\n')
    raise nodes.SkipNode


def setup(app):
    """Tell Sphinx how formulas are written."""
    app.add_html_math_renderer("mathml", inline_renderers=(formula, None), block_renderers=(displayed, None))
