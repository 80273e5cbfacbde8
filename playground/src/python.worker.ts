// Runs the library. A message is a request for `answer` of python/answers.py, and what is posted back is its answer.

import type { loadPyodide as Load } from "pyodide";

async function start(): Promise<(request: string) => string> {
  const archive = fetch(new URL("library.zip", self.location.href)).then((response) => response.arrayBuffer());
  const from = new URL("pyodide/", self.location.href).href;
  const { loadPyodide } = (await import(`${from}pyodide.mjs`)) as { loadPyodide: typeof Load };
  const python = await loadPyodide({ indexURL: from });
  python.unpackArchive(await archive, "zip", { extractDir: "/library" });
  python.runPython('import sys; sys.path.insert(0, "/library")');
  return python.pyimport("answers").answer;
}

const starting = start();
starting.then(() => self.postMessage("ready"));
self.onmessage = async ({ data }) => {
  const answer = await starting;
  try {
    self.postMessage(JSON.parse(answer(JSON.stringify(data))));
  } catch (error) {
    self.postMessage({ error: `Python failed: ${String(error).trim().split("\n").at(-1)}` });
  }
};
