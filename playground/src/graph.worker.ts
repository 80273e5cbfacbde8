// Lays graphs out with Graphviz. A message is a text in its language, and what is posted back is an SVG text.

import { instance } from "@viz-js/viz";

const starting = instance();
starting.then(() => self.postMessage("ready"));
self.onmessage = async ({ data }) => {
  const { status, output, errors } = (await starting).render(data, { format: "svg", yInvert: false });
  self.postMessage(status === "success" ? { svg: output } : { error: errors[0]?.message ?? "no layout" });
};
