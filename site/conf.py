"""Sphinx's settings for the course's site, and formulas as MathML, which browsers draw without a script."""

import html
import re
import unicodedata
import xml.etree.ElementTree

import latex2mathml.converter
from docutils import nodes

project = "Autoencoders, hands on"
author = "The aelib authors"
language = "en-GB"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
default_role = "literal"  # docstrings write code between single backticks
exclude_patterns = ["static"]
nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show, nb_code_prompt_hide = "Show the set-up", "Hide the set-up"
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 4

html_title = project
html_theme = "furo"
html_theme_options = {"navigation_with_keys": True, "footer_icons": []}
html_favicon = "static/icon.svg"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_copy_source = html_show_sourcelink = False
html_show_copyright = html_show_sphinx = False
html_math_renderer = "mathml"

# What latex2mathml leaves as it stands, and what browsers no longer draw by mathvariant.
CHARACTERS = {r"\lfloor": "⌊", r"\rfloor": "⌋", r"\lceil": "⌈", r"\rceil": "⌉"}
BARS = "|‖"  # which TeX gives no space
SIGNS = "−+"
LIMITS = {"msub": "munder", "msubsup": "munderover"}  # of a sum that stands on lines of its own


def mathml(latex, display):
    """Return a formula as MathML, named by its LaTeX."""
    for name, character in CHARACTERS.items():
        latex = latex.replace(name, character)
    math = latex2mathml.converter.convert_to_element(latex, display=display)
    for node in math.iter():
        node.text = html.unescape(node.text or "").replace(r"\_", "_")
        if node.get("mathvariant") == "script" and node.text:
            node.text = "".join(map(script, node.text))
        if node.tag == "mi" and len(node.text) > 1 and node.text.isalpha():  # a name, such as ln
            node.tag, node.attrib = "mo", {"lspace": "0.167em", "rspace": "0.167em"}
        if node.tag == "mo" and node.text in BARS:
            grows = "true" if node.get("minsize") else "false"
            node.attrib |= {"stretchy": grows, "lspace": "0", "rspace": "0"}
        if display == "block" and node.tag in LIMITS and node[0].text == "∑":
            node.tag = LIMITS[node.tag]
    for row in math.iter():
        for before, node in zip(row, list(row)[1:]):
            if node.tag == before.tag == "mo" and node.text in SIGNS and before.text not in ")]}⌋⌉" + BARS:
                node.set("form", "prefix")
    math.set("alttext", latex)
    return xml.etree.ElementTree.tostring(math, encoding="unicode")


def script(letter):
    """Return a letter in script, as a character of its own."""
    for name in ("SCRIPT CAPITAL", "MATHEMATICAL SCRIPT CAPITAL"):
        try:
            return unicodedata.lookup(f"{name} {letter}")
        except KeyError:
            pass
    return letter


def formula(translator, node):
    """Write a formula into a line of text."""
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def displayed(translator, node):
    """Write a formula that stands on lines of its own."""
    translator.body.append(f'<div class="course-formula">{mathml(node.astext(), "block")}</div>\n')
    raise nodes.SkipNode


def plain(app, what, name, object, options, lines):
    """Make of a docstring what reStructuredText reads as it is meant: stars, bars, results and sources."""
    inside, made = False, []
    for line in lines:
        parts = re.split("(`[^`]*`)", line)
        parts[::2] = [re.sub(r"([*|])", r"\\\1", part) for part in parts[::2]]
        line = "".join(parts)
        if re.match(r"\S", line):
            inside = line.startswith(("Returns:", "Source:"))
            line = re.sub("^(Returns|Source):", r"**\1.**", line)
        elif inside:
            line = re.sub(
                "^    (?:    )?", "  " if re.match("        ", line) and made[-1].startswith(("* ", "  ")) else "", line
            )
            line = re.sub("^`", "* `", line)
        made += [""] * (line.startswith("* ") and made[-1].startswith("**")) + [line]
    lines[:] = made


def levelled(app, name, template, context, tree):
    """Give the navigation's headings a level, and what is folded the name that it shows, for screen readers."""
    navigation = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = navigation.replace('role="heading"', 'role="heading" aria-level="2"')
    context["body"] = context.get("body", "").replace(' aria-label="Toggle hidden content"', "")


def setup(app):
    """Tell Sphinx how formulas are written, and what to do with each page after the theme."""
    app.connect("autodoc-process-docstring", plain, priority=400)  # before napoleon
    app.connect("html-page-context", levelled, priority=900)
    app.add_html_math_renderer("mathml", inline_renderers=(formula, None), block_renderers=(displayed, None))
