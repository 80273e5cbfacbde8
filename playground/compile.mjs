// Compile archives of Python sources with the Python of the page: node compile.mjs FROM.zip TO.zip [FROM.zip TO.zip ...]
// Without this, the page compiles the standard library and the library whenever it starts, which takes most of that time.

import { readFileSync, writeFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const python = await loadPyodide();
const compile = python.runPython(`
import compileall, pathlib, shutil, zipfile

def compile_archive(folder):
    compileall.compile_dir(folder, quiet=1, legacy=True)
    with zipfile.ZipFile(f"{folder}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(pathlib.Path(folder).rglob("*")):
            if file.is_file() and file.suffix != ".py":
                packed.write(file, file.relative_to(folder))
    shutil.rmtree(folder)

compile_archive
`);

for (let number = 2; number < process.argv.length; number += 2) {
  const folder = `/archive${number}`;
  python.unpackArchive(new Uint8Array(readFileSync(process.argv[number])), "zip", { extractDir: folder });
  compile(folder);
  writeFileSync(process.argv[number + 1], python.FS.readFile(`${folder}.zip`));
}
