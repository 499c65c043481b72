"""The documentation holds: its blocks run, and what it shows of the compiler is produced by it."""

import doctest
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```(python|pycon)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def page_id(page):
    return page.relative_to(ROOT).as_posix()


@pytest.fixture
def own_rules(monkeypatch):
    """The rules that a page makes are forgotten when it ends."""
    from srcgrad import rules

    monkeypatch.setattr(rules, "USER", dict(rules.USER))
    rules.with_libraries()  # they are read once, and would be forgotten, too
    before = dict(rules.TABLE)
    yield
    rules.TABLE.clear()
    rules.TABLE.update(before)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_blocks_run(page, tmp_path, monkeypatch, own_rules):
    """The blocks of a page run one after the other, as a reader would try them from the top."""
    monkeypatch.chdir(ROOT)
    text = page.read_text(encoding="utf-8")
    scope = {"__name__": "page"}
    for number, block in enumerate(BLOCK.finditer(text), 1):
        above = text.count("\n", 0, block.start(2))
        where = f"{page_id(page)}, line {above + 1}"
        if block[1] == "python":
            # A file, since the compiler reads the source of what it is given; and padded, so that
            # line numbers are those of the page.
            file = tmp_path / f"{page.stem}_{number}.py"
            file.write_text("\n" * above + block[2], encoding="utf-8")
            exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), scope)
        else:
            test = doctest.DocTestParser().get_doctest(block[2], scope, where, str(page), above)
            report: list[str] = []
            runner = doctest.DocTestRunner(optionflags=FLAGS)
            runner.run(test, out=report.append, clear_globs=False)
            scope.update(test.globs)
            assert not runner.failures, "".join(report)


def test_produced_blocks_are_up_to_date(capsys):
    path = ROOT / "docs" / "produce.py"
    spec = importlib.util.spec_from_file_location("produce", path)
    produce = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(produce)
    status = produce.main(["--check"])
    assert status == 0, capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    links = LINK.findall(text)
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


def test_every_pass_has_its_section_in_order():
    from srcgrad.pipeline import PASSES

    page = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (\w+)$", page, re.MULTILINE)
    assert headings == list(PASSES)
    for name in PASSES:
        assert f"--pass {name} " in page, name
