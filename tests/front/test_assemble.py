"""Small files become one script and one style: each once, in order, and nothing is left to load."""

from pathlib import Path

import pytest

from chatlib.front.assemble import script, style


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")


def test_a_module_comes_after_what_it_imports_and_each_comes_once(tmp_path):
    write(
        tmp_path,
        a_js='import { b } from "./b.js";\nimport {\n c\n} from "./c.js";\n\nexport default b;\n',
        b_js='import { c } from "./c.js";\nexport function b() { return c; }\n',
        c_js="export const c = 1;\nexport class C {}\nexport async function f() {}\n",
    )
    assert script(tmp_path / "a.js") == (
        "const c = 1;\nclass C {}\nasync function f() {}\n\n"
        "function b() { return c; }\n\n"
        "export default b;\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        'import * as all from "./b.js";',
        'import fallback from "./b.js";',
        'import { b } from "b";',
        "export { b };",
        'export * from "./b.js";',
        "export let b = 1;",
    ],
)
def test_a_form_that_is_not_resolved_is_an_error(tmp_path, line):
    write(tmp_path, a_js=f"{line}\n", b_js="export const b = 1;\n")
    with pytest.raises(
        ValueError, match=r"a\.js: write this import or export otherwise: (im|ex)port"
    ):
        script(tmp_path / "a.js")


def test_a_missing_file_is_an_error(tmp_path):
    write(tmp_path, a_js='import { b } from "./b.js";\n')
    with pytest.raises(FileNotFoundError):
        script(tmp_path / "a.js")


def test_style_sheets_are_joined_and_belong_to_one_panel(tmp_path):
    write(
        tmp_path,
        a_css='@import "./b.css";\n\n&[data-x] .a { color: red; }\n',
        b_css="& p { margin: 0; }\n",
    )
    assert style(tmp_path / "a.css", ".it") == (
        ".it p { margin: 0; }\n\n.it[data-x] .a { color: red; }\n"
    )
    with pytest.raises(ValueError, match="import"):
        write(tmp_path, d_css='@import url("b.css");\n')
        style(tmp_path / "d.css", ".it")


def test_every_end_of_line_is_a_newline(tmp_path):
    (tmp_path / "a.js").write_bytes(b"const a = 1;\r\nconst b = 2;\r\n")
    assert script(tmp_path / "a.js") == "const a = 1;\nconst b = 2;\n"
