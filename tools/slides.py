"""Makes slides of the lessons from their pages: what a teacher shows, namely headings, questions, results and figures.

A lesson's slides are one page, `slides/NAME.html`, which arrow keys walk through and which prints one slide a sheet.
Nothing is written for them: predictions stand in the lesson before the cell that answers, and so they do here.
"""

import html
import re

LONGEST = 14  # lines of printed results that can be read from the last row
BESIDE = 6  # lines that leave a figure room on the same slide
WORDS = 130  # of an exercise's text, as many as fit


def write(folder):
    """Write the slides of each lesson into the site in a folder."""
    (folder / "slides").mkdir()
    for path in sorted((folder / "lessons").glob("*.html")):
        (folder / "slides" / path.name).write_text(page(path), "utf-8")


def page(path):
    """Return the slides of a lesson's page, as HTML."""
    import bs4

    soup = bs4.BeautifulSoup(path.read_text("utf-8"), "html.parser")
    article = soup.find("article")
    for node in article.select("a.headerlink, .course-run, script, style"):
        node.decompose()
    for link in article.select("a[href^='#']"):
        link["href"] = f"../lessons/{path.name}{link['href']}"
    title, question = article.find("h1").get_text(), article.find("h1").find_next_sibling("p")
    slides = [f"<h1>{html.escape(title)}</h1>{question}", *parts(article, path.name)]
    many = len(slides)
    shown = "\n".join(
        f'<section aria-label="Slide {i} of {many}">{text}<small>{i} / {many}</small></section>'
        for i, text in enumerate(slides, 1)
    )
    name, asked = html.escape(title), html.escape(question.get_text())
    return f"""<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}: slides</title>
<meta content="Slides of a lesson of a free course on autoencoders: {asked}" name="description">
<link rel="icon" href="../_static/icon.svg">
<link rel="stylesheet" href="../_static/slides.css">
<script defer src="../_static/slides.js"></script>
</head>
<body>
<main>
{shown}
</main>
</body>
</html>
"""


def parts(article, name):
    """Yield the slides after the first: goals, predictions, results, exercises, explorers, and what was learned."""
    heading, about, asked = f"<h2>{article.find('h1').get_text()}</h2>", "", False
    chosen = "h2, h3, blockquote, .cell_output, .cell, ul, p"
    for node in article.select(chosen):
        words = node.get_text(" ", strip=True)
        if node.name in ("h2", "h3"):
            place = node.find_parent("section")["id"]
            about = node.decode_contents()
            heading = f'<h2><a href="../lessons/{name}#{place}">{about}</a></h2>'
            asked = False
            if re.match("Exercise|Graded exercise", words) and (text := task(node)):
                yield heading + text
        elif node.name == "blockquote" and words.startswith("Predict"):
            asked = True
            yield f'{heading}<div class="asked">{node.decode_contents()}</div>'
        elif node.name == "p" and words == "You will":
            yield f"<h2>You will</h2>{node.find_next_sibling('ul')}"
        elif node.name == "ul" and words.startswith("You ") and about == "What you can do now":
            yield f"{heading}{node}{node.find_next_sibling('p') or ''}"
        elif "cell_output" in node.get("class", ()):
            if explorer := node.select_one(".aelib-explorer"):
                shown = f"{explorer.find('p')}{explorer.find('img')}"
                yield f'{heading}{shown}<p><a href="../lessons/{name}#{place}">Move it in the lesson</a></p>'
            elif shown := results(node, asked):
                yield from (heading + text for text in shown)
                asked = False


def results(output, asked):
    """Return the slides of what a cell prints and draws; where no prediction waits, texts without a figure are left."""
    figures = "".join(str(image) for image in output.select(".course-figure img"))
    texts = [pre.get_text().rstrip() for pre in output.select(".output > .highlight > pre, .output > pre")]
    texts = [text for text in texts if text.count("\n") < LONGEST]
    lines = [line for text in texts for line in text.split("\n")]
    longest = f'style="--longest: {max(map(len, lines), default=0)}"'  # by which it gets letters that fit
    shown = "".join(f"<pre {longest}>{html.escape(text)}</pre>" for text in texts)
    if not figures:
        return [shown] if shown and asked else []
    return [shown, figures] if len(lines) > BESIDE else [shown + figures]


def task(heading):
    """Return the first paragraphs of an exercise, as many as can be read from the last row."""
    kept, count = [], 0
    for node in heading.find_next_siblings():
        count += len(re.findall(r"\S+", node.get_text()))
        if node.name not in ("p", "ul", "ol", "div") or "cell" in node.get("class", ()) or count > WORDS:
            break
        kept.append(str(node))
    return "".join(kept)
