"""Our programs and their explanations: every line is explained, and nothing but our files is compiled."""

import contextlib
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.cuda import listing, programs
from compute.cuda.programs import BY_ID, KERNELS, SHOWN, Step


@pytest.mark.parametrize("name", SHOWN)
def test_every_line_with_code_is_explained(name: str) -> None:
    steps = programs.explained(BY_ID[name])
    assert len([step for step in steps if step.words]) >= 15
    assert all(step.words.endswith((".", ":", ",", "...")) for step in steps if step.words)


def test_the_files_are_those_of_the_folder_and_no_others() -> None:
    cuda = [programs.ROOT / kernel.file for kernel in KERNELS if kernel.cuda]
    assert sorted(cuda) == sorted(programs.FOLDER.glob("*.cu"))
    assert not any(path.is_symlink() for path in cuda)


@pytest.mark.parametrize("name", [kernel.id for kernel in KERNELS if kernel.cuda])
def test_a_cuda_program_fits_a_lecture(name: str) -> None:
    source = BY_ID[name].source
    assert 60 <= len(source.splitlines()) <= 120
    assert max(map(len, source.splitlines())) <= 120
    assert f'\\"{name}\\"' in source


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("nvcc"), reason="no nvcc here")
@pytest.mark.parametrize("name", [kernel.id for kernel in KERNELS if kernel.cuda])
def test_the_compiler_takes_it_without_a_warning(name: str, tmp_path: Path) -> None:
    source = programs.ROOT / BY_ID[name].file
    command = ["nvcc", *programs.FLAGS, "-Xcompiler", "-Wall,-Wextra", str(source), "-o", str(tmp_path / name)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    refused = subprocess.run([str(tmp_path / name), "0"], capture_output=True, text=True, timeout=20)
    assert refused.returncode == 2
    assert "n must be between 1 and" in refused.stderr


def test_a_gap_an_overlap_and_a_line_that_is_not_there_are_told() -> None:
    programs.check("a\n\nb", [Step(1, 1, "one"), Step(3, 3, "")], "x.cu")
    with pytest.raises(programs.ExplanationError, match=r"line 3 of x\.cu has code and no explanation"):
        programs.check("a\n\nb", [Step(1, 2, "one")], "x.cu")
    with pytest.raises(programs.ExplanationError, match=r"lines 2 to 3 of x\.cu are out of order"):
        programs.check("a\nb\nc", [Step(1, 2, "one"), Step(2, 3, "two")], "x.cu")
    with pytest.raises(programs.ExplanationError, match="expected lines from 1 to 2"):
        programs.check("a\nb", [Step(1, 3, "one")], "x.cu")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("file,from\n", "expected the columns"),
        ("file,first,last,words\nx.cu,1,2\n", "row 2: expected 4 cells"),
        ("file,first,last,words\nx.cu,1,2,a,b\n", "row 2: expected 4 cells"),
        ("file,first,last,words\nx.cu,one,2,a\n", "row 2, column first: expected the number of a line, found 'one'"),
    ],
)
def test_a_bad_table_names_the_place(text: str, told: str) -> None:
    with pytest.raises(programs.ExplanationError, match=told):
        programs.parse(text.splitlines())


@given(st.text(max_size=300))
def test_whatever_the_table_holds_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(programs.ExplanationError):
        steps = programs.parse(["file,first,last,words", *text.splitlines()])
        assert all(step.first >= 0 for of_file in steps.values() for step in of_file)


@given(st.integers(1, 200), st.data())
def test_the_window_holds_the_step_and_stays_in_the_file(lines: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, lines))
    step = Step(first, data.draw(st.integers(first, lines)), "")
    begin, end = listing.window(lines, step)
    assert 1 <= begin <= step.first <= step.last <= end <= lines
    assert end - begin + 1 >= min(listing.PAGE.least, lines)


def test_code_is_shown_as_text_and_never_as_markup() -> None:
    shown = listing.markup("<script>alert(1)</script>\nadd<<<1, 2>>>(a);", Step(2, 2, "<b>go</b>"))
    assert "<script>" not in shown
    assert '<code class="now"><i>2</i>add&lt;&lt;&lt;1, 2&gt;&gt;&gt;(a);</code><p' in shown
    assert "&lt;b&gt;go&lt;/b&gt;</p>" in shown


def test_the_backslash_of_a_macro_stands_behind_its_code() -> None:
    shown = listing.markup("#define CHECK(call)          \\\n    call;", Step(1, 2, "go"))
    assert "<i>1</i>#define CHECK(call) \\</code>" in shown


def test_the_cell_for_a_notebook_holds_the_whole_program_and_its_command() -> None:
    cell = programs.colab_cell(BY_ID["matmul_tiled"])
    assert cell.startswith("%%bash\n")
    assert BY_ID["matmul_tiled"].source in cell
    assert "nvcc -O3 -std=c++17 -arch=native matmul_tiled.cu -o matmul_tiled && ./matmul_tiled" in cell
