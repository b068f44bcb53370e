"""Prints the course as one PDF: all of it stands in the site's pages and in the quizzes, and is only put in order here.

`python -m tools.book [FOLDER]` reads the site in `dist/site`, or in another folder, and writes `course.pdf` into it
with Chromium. Explorers are shown by their figures, questions of quizzes as text, and all answers at the end.
"""

import html
import pathlib
import posixpath
import re
import shutil
import sys

from aelib import quiz
from tools import site

BROWSERS = ("chromium", "google-chrome", "chromium-browser", "chrome")
UNPRINTED = (  # what answers to a touch, or explains how to
    ".headerlink, .course-run, .course-scores, .course-exercise, script, style, summary"
)
MARK = re.compile('<!-- pdf -->(<p class="course-pdf">.*?</p>)?')
BLANK = "000"  # a page's number before it is known, as wide as one


def write(folder):
    """Print the site in a folder into its `course.pdf`, and link that on the front page; return the pages.

    Raises:
        ValueError: if there is no site, or no Chromium.
    """
    if not (folder / "index.html").exists():
        raise ValueError(f"{folder} holds no site. Type: make pdf, which builds one first.")
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise ValueError("Chromium prints the PDF, and is not here. Install it (apt install chromium), then: make pdf")
    text, target = assembled(folder), folder / "course.pdf"
    places = printed(text, folder, browser, target)
    while places != (found := printed(numbered(text, places), folder, browser, target)):
        places = found  # numbers that are longer than expected have moved a heading
    pages = places[-1]
    link = f'<a href="course.pdf">The whole course as a PDF</a>: {pages} pages, {target.stat().st_size / 1e6:.0f} MB'
    front = (folder / "index.html").read_text("utf-8")
    front = MARK.sub(f'<!-- pdf --><p class="course-pdf">{link}</p>', front)
    (folder / "index.html").write_text(front, "utf-8")
    return pages


def printed(text, folder, browser, target):
    """Print a page of HTML; return the page of each heading of the first two levels, and of the end."""
    import pikepdf
    from playwright import sync_api

    source = folder / "course.html"
    source.write_text(text, "utf-8")
    try:
        with sync_api.sync_playwright() as playwright:
            window = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            page = window.new_context(java_script_enabled=False, color_scheme="light").new_page()
            page.goto(source.as_uri(), timeout=300_000)
            page.pdf(path=target, prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
            window.close()
    finally:
        source.unlink()
    with pikepdf.open(target, allow_overwriting_input=True) as made:
        numbers = {page.obj.objgen: number for number, page in enumerate(made.pages, 1)}
        with made.open_outline() as outline:
            heads = [one for head in outline.root for one in (head, *head.children)]
        made.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)  # which nearly halves it
        return [*(numbers[one.destination[0].objgen] for one in heads), len(numbers)]


def numbered(text, places):
    """Return the book with the pages of its headings in the contents."""
    numbers = iter(places[1:])  # after the contents' own
    return re.sub(f"<b>{BLANK}</b>", lambda found: f"<b>{next(numbers)}</b>", text)


def assembled(folder):
    """Return all pages of the site as one page of HTML, with cover, contents and answers."""
    import bs4

    front = bs4.BeautifulSoup((folder / "index.html").read_text("utf-8"), "html.parser")
    names = [link["href"] for link in front.select(".sidebar-tree a.reference.internal")]
    soups = {name: bs4.BeautifulSoup((folder / name).read_text("utf-8"), "html.parser") for name in names}
    chapters, answers, heads = [], [], []
    for name, soup in soups.items():
        article = soup.find("article")
        found = answered(article, key(name))
        reduced(article)
        linked(article, name, names)
        title = article.find("h1").get_text()
        heads.append(head(key(name), title))
        chapters.append(chapter(key(name), article.decode_contents()))
        if found:
            answers.append(f"<section id='answers-{key(name)}'><h2>{html.escape(title)}</h2>{found}</section>")
    heads.append(head("answers", "Answers"))
    chapters.append(chapter("answers", f"<h1>Answers</h1>{''.join(answers)}"))
    body = bs4.BeautifulSoup("".join(chapters), "html.parser")
    lines = []
    for heading in body.select("h1, h2"):
        section = heading.find_parent(["section", "div"], id=True)
        words = html.escape(heading.get_text())
        lines.append(f'<li class="{heading.name}"><a href="#{section["id"]}">{words}</a><b>{BLANK}</b></li>')
    about = front.find("meta", attrs={"name": "description"})["content"]
    first = bs4.BeautifulSoup("".join(chapters[1:3]), "html.parser")
    return f"""<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<title>Autoencoders, hands on</title>
<link rel="stylesheet" href="_static/pygments.css">
<link rel="stylesheet" href="_static/book.css">
<style>{"".join(heads)}</style>
</head>
<body>
<div class="cover"><p class="title">Autoencoders, hands on</p><p>{about}</p>{first.select("img")[0]}
<p>This is the course as it stands on its pages. Explorers, which move there, are figures here. The answers to the
quizzes and to most exercises stand at the end.</p></div>
<div class="contents"><h1>Contents</h1><ol>{"".join(lines)}</ol></div>
{body}
</body>
</html>
""".replace(' loading="lazy"', "")


def key(name):
    """Return a page's name as an id: lessons/01_what.html is lessons-01_what."""
    return name.removesuffix(".html").replace("/", "-")


def chapter(name, text):
    """Return a chapter as HTML, on pages of its own style."""
    return f'<div class="chapter" id="{name}" style="page: {name}">{text}</div>'


def head(name, title):
    """Return the style of a chapter's pages, which carry its title."""
    words = title.replace("\\", "\\\\").replace('"', '\\"')
    return f'@page {name} {{ @top-right {{ content: "{words}" }} }}\n'


def reduced(article):
    """Take out of a page what paper can't use, and put the questions of its quizzes as text."""
    for place in article.select(".aelib-quiz-page"):
        place.replace_with(parsed(questions(place["data-model"])))
    for node in article.select(UNPRINTED):
        node.decompose()
    for node in article.select("p:has(> em)"):
        if node.get_text().startswith("Where scripts run"):
            node.decompose()
    for node in article.select("details"):  # which would stay folded
        node.name = "div"
    for link in article.select(".course-figure a"):
        link.unwrap()


def linked(article, name, names):
    """Make a page's links, ids and pictures those of a part of one page; what isn't in the book is no link."""
    for node in article.select("[id]"):
        node["id"] = f"{key(name)}--{node['id']}"
    for image in article.select("img:not([src^='data:'])"):
        image["src"] = posixpath.normpath(posixpath.join(posixpath.dirname(name), image["src"]))
    for link in article.select("a[href]"):
        place, _, fragment = link["href"].partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), place)) if place else name
        if "//" in place or place.startswith("mailto:"):
            continue
        if target in names:
            link["href"] = f"#{key(target)}" + (f"--{fragment}" if fragment else "")
        else:
            link.unwrap()


def parsed(text):
    """Return HTML as nodes."""
    import bs4

    return bs4.BeautifulSoup(text, "html.parser")


def written(text):
    """Return a text of a quiz as HTML, with its code and its formulas."""
    made = ""
    for part in quiz.MARKED.split(text):
        code, formula = part.startswith("`"), part.startswith("$")
        inside = html.escape(part[1:-1] if code else part, quote=False)
        made += quiz.mathml(part[1:-1]) if formula else f"<code>{inside}</code>" if code else inside
    return made


def questions(name):
    """Return the questions of a quiz as HTML, with their choices in the order in which the quiz shows them."""
    shown, texts = quiz.quiz(name), []
    for number, question in enumerate(shown.questions, 1):
        texts.append(f"<p><strong>{number}.</strong> {written(question['question'])}</p>")
        texts += [f"<p>{written(question['run_first'])}</p>"] if "run_first" in question else []
        choices = "".join(f"<li>{written(choice)}</li>" for choice in shown._choices(question))
        texts.append(f"<ul>{choices}</ul>" if choices else "")
    return f'<div class="quiz">{"".join(texts)}</div>'


def answered(article, name):
    """Return the answers to a page's exercises and questions as HTML; the graded exercises have none."""
    found = []
    for place in article.select(".course-exercise"):
        title = place.find("strong").get_text()
        code = place.select_one("details > pre")
        if code:
            found.append(f"<h3>{html.escape(title)}</h3>{code}")
    for place in article.select(".aelib-quiz-page"):
        rows = "".join(f"<li>{answer(question)}</li>" for question in quiz.read(place["data-model"]))
        title = "Five questions" if place["data-model"] == "graded" else "Quiz"
        found.append(f"<h3>{title}</h3><ol>{rows}</ol>")
    return "".join(found)


def answer(question):
    """Return the right answers to a question, and why they are right, as HTML."""
    kind, answers = question["type"], question["answers"]
    right = answers if kind == "order" else [one for one in answers if one.get("correct")]
    texts = [str(one["value"]) if kind == "numeric" else one["answer"] for one in right]
    return f"<strong>{'; '.join(map(written, texts))}.</strong> {written(question['explanation'])}"


def main(arguments):
    """Print the site, say how long the result is; return the exit code."""
    folder = pathlib.Path(arguments[0]) if arguments else site.PAGES
    try:
        pages = write(folder)
    except ValueError as error:
        print(error)
        return 1
    except ModuleNotFoundError as error:
        print(f"The PDF needs {error.name}. Type: make pdf")
        return 1
    target = folder / "course.pdf"
    print(f"Printed {pages} pages, {target.stat().st_size / 1e6:.1f} MB: {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
