"""The documentation is true: its examples run, the files and commands that it names exist."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def prose(page):
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


@every_page
def test_examples_run(page):
    """Every `>>>` of the page gives what stands below it; the examples of a page are one session."""
    text = re.sub(r"^```.*$", "", page.read_text(), flags=re.MULTILINE)  # a fence is no expected output
    examples = doctest.DocTestParser().get_doctest(text, {"__name__": "__main__"}, page.name, str(page), 0)
    report = []
    result = doctest.DocTestRunner(optionflags=FLAGS).run(examples, out=report.append)
    assert not result.failed, "".join(report)


def test_readme_has_examples():
    """The tour is made of examples that are run."""
    assert (ROOT / "README.md").read_text().count(">>>") > 10


@every_page
def test_links_lead_somewhere(page):
    """Links to other files of the project lead to files that exist, links within the page to its headings."""
    text = prose(page)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        else:
            assert (page.parent / target.split("#")[0]).exists(), target


def test_code_map_is_of_this_code():
    """Each place in the architecture's code map exists, and each part of the package is in the map."""
    section = (ROOT / "docs/ARCHITECTURE.md").read_text().split("## Code map")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    places = [place for cell in cells for place in re.findall(r"`([^`]+)`", cell)]
    package = ROOT / "myialike"
    missing = [place for place in places if not (package / place).exists()]
    parts = [p for p in package.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()]
    mapped = {place.split("/")[0] for place in places}
    unmapped = [p.name for p in parts if p.name not in mapped and not p.name.startswith("_")]
    assert places and not missing and not unmapped


def test_quoted_code_is_in_the_sources():
    """The blocks of docs/adding-an-op.md without `>>>` quote the package: their lines are in it."""
    text = (ROOT / "docs/adding-an-op.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    quoted = [line.strip() for block in blocks if ">>>" not in block for line in block.splitlines()]
    sources = [path.read_text() for path in (ROOT / "myialike").rglob("*.py")]
    assert quoted and not [line for line in quoted if not any(line in source for source in sources)]


def test_glossary_defines_each_word_once():
    """No word has two meanings."""
    words = re.findall(r"^\| ([^|]+?) \|", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    words = [w for w in words if w not in ("word", "---")]
    assert len(words) > 30 and len(set(words)) == len(words)


@pytest.mark.parametrize("command", ["demo", "test", "lint", "types", "bench"])
def test_readme_names_the_commands(command):
    """The README names the commands, and the Makefile has them."""
    assert f"make {command}" in (ROOT / "README.md").read_text()
    assert re.search(rf"^{command}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
