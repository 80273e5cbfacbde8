// The picture of a ticket: rows of bands and marks over time, and the instant that is shown.

import { html, show, svg } from "./dom";
import type { Mark, Ticket } from "./types";

const ROW = 28, TOP = 6, AXIS = 26;
const HOUR = 3_600_000, DAY = 24 * HOUR;
const STEPS = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 90 * DAY, 365 * DAY, 3650 * DAY];
const NEAR = 9;

const measure = document.createElement("canvas").getContext("2d");

function shortened(text: string, room: number): string {
  if (!measure) return text;
  measure.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  let kept = text.slice(0, 60);
  while (kept && measure.measureText(kept === text ? kept : `${kept}…`).width > room) kept = kept.slice(0, -1);
  return kept === text ? kept : `${kept}…`;
}

/** Return the width of the labels beside the rows. */
export const gutter = (width: number): number => (width < 480 ? 84 : 140);

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
  } catch {
    return new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }); // the browser does not know the zone
  }
}

function offset(at: number, zone: string): number {
  const parts = format(zone, { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", hourCycle: "h23" }).formatToParts(at);
  const [year, month, day, hour, minute] = ["year", "month", "day", "hour", "minute"].map((type) => Number(parts.find((each) => each.type === type)?.value));
  return Date.UTC(year!, month! - 1, day, hour, minute) - Math.floor(at / 60_000) * 60_000;
}

function ticks(start: number, end: number, most: number, zone: string): { at: number; label: string }[] {
  const step = STEPS.find((each) => (end - start) / each <= most) ?? (end - start) / most;
  const label = format(zone, step < DAY ? { weekday: "short", hour: "2-digit", minute: "2-digit" } : { weekday: "short", day: "numeric", month: "short" });
  const far = format(zone, { day: "numeric", month: "short", year: "numeric" });
  const found = [];
  const first = Math.ceil((start + offset(start, zone)) / step) * step;
  for (let local = first; found.length <= most; local += step) {
    const at = local - offset(local - offset(local, zone), zone);
    if (at > end) break;
    found.push({ at, label: (end - start > 300 * DAY ? far : label).format(at) });
  }
  return found;
}

const MEANINGS: Record<string, string> = {
  customer: "customer wrote", third_party: "third party wrote", agent: "agent wrote", administrator: "agent wrote", note: "internal note",
  sent: "sent by a rule", fired: "rule fired", dropped: "rule dropped", due: "target due", breach: "target missed",
};

/** Return what the marks of a picture mean. */
function legend(ticket: Ticket): HTMLElement {
  const kinds = new Set(ticket.lanes.flatMap((lane) => lane.marks.map((each) => each.kind)));
  const shown = Object.keys(MEANINGS).filter((each) => kinds.has(each));
  return html("p", { class: "legend" }, ...shown.map((kind) => html("span", {},
    svg("svg", { width: 16, height: 16, "aria-hidden": "true" }, svg("g", { class: `mark is-${kind}` }, symbol({ at: 0, kind, title: "" }, 8, 8))),
    MEANINGS[kind]!)));
}

function symbol(mark: Mark, x: number, y: number): SVGElement {
  switch (mark.kind) {
    case "fired": case "dropped": return svg("path", { d: `M${x - 6} ${y - 5}h12l-6 11z` });
    case "sent": return svg("path", { d: `M${x} ${y - 6}l6 6-6 6-6-6z` });
    case "due": case "breach": return svg("path", { d: `M${x} ${y - 10}v20`, class: "line" });
    case "note": case "agent": case "administrator": return svg("rect", { x: x - 5, y: y - 5, width: 10, height: 10, rx: 2 });
    default: return svg("circle", { cx: x, cy: y, r: 5.5 });
  }
}

export function drawPicture(place: HTMLElement, ticket: Ticket, zone: string): void {
  const width = Math.max(place.clientWidth, 280), left = gutter(width), right = width - 12;
  const height = TOP + ticket.lanes.length * ROW + AXIS;
  const x = (at: number): number => left + ((at - ticket.start) / (ticket.end - ticket.start)) * (right - left);
  const bottom = TOP + ticket.lanes.length * ROW;
  const children: SVGElement[] = [];
  for (const { at, label } of ticks(ticket.start, ticket.end, width < 480 ? 3 : 6, zone)) {
    children.push(svg("path", { d: `M${x(at)} ${TOP}V${bottom + 4}`, class: "tick" }));
    children.push(svg("text", { x: x(at), y: bottom + 18, class: "when", "text-anchor": x(at) > right - 30 ? "end" : "middle" }, label));
  }
  ticket.lanes.forEach((lane, index) => {
    const y = TOP + index * ROW + ROW / 2;
    const label = shortened(lane.label, left - 10);
    children.push(svg("text", { x: left - 8, y: y + 4, class: "lane", "text-anchor": "end" }, svg("title", {}, lane.label), label));
    children.push(svg("path", { d: `M${left} ${y + ROW / 2}H${right}`, class: "rule" }));
    for (const band of lane.bands) {
      const from = x(band.start), to = Math.min(x(band.end), right);
      const thin = band.kind === "closed" && lane.bands.some((each) => each.kind === "counted" || each.kind === "frozen");
      const tall = thin || band.title === "" ? 4 : ROW - 10;
      const group = svg("g", { class: `band is-${thin ? "off" : band.kind}` }, svg("title", {}, band.title));
      group.append(svg("rect", { x: from, y: y - tall / 2, width: Math.max(to - from, 0.5), height: tall, rx: 3 }));
      if (index === 0 && to - from > band.title.length * 6.6 + 8) group.append(svg("text", { x: from + 6, y: y + 4 }, band.title));
      children.push(group);
    }
    let last = -Infinity;
    for (const mark of lane.marks) {
      if (x(mark.at) - last < NEAR && mark !== lane.marks.at(-1)) continue; // too near to be told apart
      last = x(mark.at);
      children.push(svg("g", { class: `mark is-${mark.kind}` }, svg("title", {}, mark.title), symbol(mark, x(mark.at), y)));
    }
  });
  const now = x(ticket.now);
  children.push(svg("rect", { x: now, y: TOP, width: Math.max(right - now, 0), height: bottom - TOP, class: "future" }));
  children.push(svg("path", { d: `M${now} ${TOP - 4}V${bottom + 6}`, class: "now" }));
  const states = ticket.history.filter((each) => each.at <= ticket.now).length;
  const label = `Picture of the ticket at ${ticket.local}: ${states} of ${ticket.history.length} entries have happened`;
  show(place, svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label }, ...children), legend(ticket));
}

/** Return the instant below a pointer. */
export function instantAt(place: HTMLElement, pointer: number, ticket: Ticket): number {
  const box = place.getBoundingClientRect(); // as wide as the drawing
  const left = gutter(box.width);
  const part = Math.min(Math.max((pointer - box.left - left) / (box.width - 12 - left), 0), 1);
  return Math.round(ticket.start + part * (ticket.end - ticket.start));
}
