// The drawing of the workflow: Graphviz lays out the text that the library writes, and the page draws it with its styles.

import { show, svg } from "./dom";
import type { Remote } from "./remote";
import type { State } from "./types";

const HEIGHT = 320;
const SMALLEST = 0.8; // below this scale texts cannot be read, and the drawing scrolls
const STYLE = ' bgcolor=transparent nodesep=.25 ranksep=.35 node [fontname=Helvetica fontsize=13 height=.4 margin=".16,.06"] edge [fontname=Helvetica fontsize=11 arrowsize=.7]';
const SHAPES = new Set(["g", "path", "polygon", "polyline", "ellipse", "text"]);
const KEPT = ["d", "points", "cx", "cy", "rx", "ry", "x", "y", "text-anchor", "transform"];

interface Drawing { root: Element; width: number; height: number }

async function layout(diagram: string, direction: "LR" | "TB", graphs: Remote): Promise<Drawing> {
  const text = diagram.replace("rankdir=LR", `rankdir=${direction}${STYLE}`).replace("[shape=point]", "[shape=point width=.12 height=.12]");
  const wrapped = text.replace(/\[label="[^"]*", style=dashed\]/g, (box) => box.replaceAll(", ", ",\\n").replace(",\\nstyle", ", style"));
  const { svg: drawn } = await graphs.ask<{ svg: string }>(wrapped, `layout ${direction}`);
  const root = new DOMParser().parseFromString(drawn, "image/svg+xml").documentElement;
  const [, , width = 1, height = 1] = (root.getAttribute("viewBox") ?? "").split(" ").map(Number);
  return { root, width, height };
}


/** Copy shapes and texts, and nothing else. */
function copied(element: Element, states: State[]): SVGElement | null {
  if (!SHAPES.has(element.tagName)) return null;
  const name = element.querySelector(":scope > title")?.textContent ?? "";
  const kind = element.getAttribute("class") ?? "";
  const made = svg(element.tagName as "g");
  for (const each of KEPT) {
    const value = element.getAttribute(each);
    if (value !== null) made.setAttribute(each, value);
  }
  if (kind === "node" || kind === "edge" || kind === "cluster") made.setAttribute("class", kind);
  const state = kind === "node" && /^s\d+$/.test(name) ? states[Number(name.slice(1))] : undefined;
  if (state) {
    made.dataset.state = state.name;
    made.classList.add(`is-${state.category}`);
  } else if (kind === "node" && name === "begin") made.classList.add("begin");
  else if (kind === "node") made.classList.add("box");
  if (element.tagName === "text") made.textContent = element.textContent;
  else made.append(...[...element.children].map((each) => copied(each, states)).filter((each) => each !== null));
  return made;
}

export async function drawWorkflow(place: HTMLElement, diagram: string, states: State[], graphs: Remote): Promise<void> {
  const scale = ({ width, height }: Drawing): number => Math.min(1, place.clientWidth / width, HEIGHT / height);
  let best = await layout(diagram, "LR", graphs);
  if (scale(best) < 0.75) {
    const other = await layout(diagram, "TB", graphs);
    if (scale(other) > scale(best)) best = other;
  }
  const width = best.width * Math.min(Math.max(scale(best), SMALLEST), 1) * 1.15;
  const names = states.map((each) => each.name).slice(0, 40).join(", ");
  const drawing = svg("svg", {
    viewBox: `0 0 ${best.width} ${best.height}`, width, role: "img", "aria-label": `The workflow with the states ${names}`,
  });
  const inside = copied(best.root.querySelector("g") ?? best.root, states);
  if (inside) drawing.append(inside);
  show(place, drawing);
}

export function markState(place: HTMLElement, name: string | null): void {
  for (const each of place.querySelectorAll<SVGElement>("[data-state]")) {
    const isCurrent = each.dataset.state === name;
    each.classList.toggle("is-current", isCurrent);
    if (!isCurrent) continue;
    const outer = place.getBoundingClientRect(), inner = each.getBoundingClientRect();
    place.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
    place.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
  }
}
