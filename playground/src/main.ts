// The page: the document on the left, and what the library says about it on the right.

import { announce, byId, html, show } from "./dom";
import { Editor, type LineNote } from "./editor";
import { showFindings } from "./findings";
import { drawPicture, gutter, instantAt } from "./picture";
import { Remote, Replaced } from "./remote";
import { decode, encode, LONGEST_DOCUMENT, LONGEST_LINK, type Shared } from "./share";
import { showExplanations, showHistory, showOptions, showState, valuesFor } from "./ticket";
import type { Acted, Actor, Command, Finding, Option, Problem, Rules, Sample, Ticket } from "./types";
import { drawWorkflow, markState } from "./workflow";

const HOUR = 3_600_000, DAY = 24 * HOUR;
const BUDGET = 1000;

const python = new Remote("python.worker.js", 10);
const checker = new Remote("python.worker.js", 60); // checks take long, and the ticket must not wait for them
const graphs = new Remote("graph.worker.js", 5, 30);

let samples: Sample[] = [];
let document_ = ""; // the last document without problems: the ticket follows it
let rules: Rules | null = null;
let ticket: Ticket | null = null;
let commands: Command[] | null = null;
let now = 0;
let actor: Actor | null = null;
let undone: { commands: Command[]; now: number }[] = [];
let problems: Problem[] = [];
let findings: Finding[] = [];
let language = "en";

const editor = new Editor(byId("editor"), () => {
  clearTimeout(pause);
  pause = setTimeout(read, 350);
});
let pause = 0;

// -- Notices

let hasFailed = false;

function notice(text: string, kind: "warning" | "info" = "info"): void {
  hasFailed = false;
  show(byId("notice"), text ? html("p", { class: `note is-${kind}` }, text) : null);
}

/** Tell the user what went wrong; requests that newer ones replaced are no news. */
function failed(what: string) {
  return (error: unknown): void => {
    if (error instanceof Replaced) return;
    notice(`${what}: ${error instanceof Error ? error.message : String(error)}.`, "warning");
    hasFailed = true;
  };
}

for (const remote of [python, checker, graphs]) {
  let timer = 0;
  remote.onBusy = (busy) => {
    clearTimeout(timer);
    if (busy) timer = setTimeout(() => (byId("stop").hidden = false), 800);
    else if (![python, checker, graphs].some((each) => each.isBusy)) byId("stop").hidden = true;
  };
}
byId("stop").addEventListener("click", () => [python, checker, graphs].forEach((each) => each.isBusy && each.stop()));

// -- The document

/** Open a rule set; without commands, a ticket is opened under it. */
function open(shared: Shared): void {
  [commands, now, undone] = [shared.commands, shared.now ?? 0, []];
  if (shared.actor) actor = shared.actor;
  editor.text = shared.document;
  clearTimeout(pause);
  void read();
}

async function read(): Promise<void> {
  const text = editor.text;
  if (text.length > LONGEST_DOCUMENT) {
    showProblems([{ line: 1, place: "", what: "the document is too large for this page", fix: "make it smaller", code: "too_large" }]);
    return;
  }
  let found: Rules;
  try {
    found = await python.ask<Rules>({ ask: "read", document: text, language }, "read");
  } catch (error) {
    failed("The rule set was not read")(error);
    return;
  }
  if (text !== editor.text) return; // a newer one is on its way
  showProblems(found.problems);
  if (found.problems.length) return;
  if (hasFailed) notice("");
  const isNew = rules?.diagram !== found.diagram;
  [rules, document_] = [found, text];
  editor.names = found.names;
  showActors(found.actors);
  byId("name").textContent = found.name;
  if (commands === null) {
    try {
      const started = await python.ask<{ commands: Command[]; now: number }>({ ask: "start", document: document_ }, "start");
      [commands, now] = [started.commands, started.now];
    } catch (error) {
      failed("No ticket was opened")(error);
      commands = [];
    }
  }
  await Promise.all([isNew ? draw(found) : null, refresh()]);
  window.document.documentElement.dataset.ready = "true";
  void check();
}

function showProblems(found: Problem[]): void {
  problems = found;
  if (found.length) {
    findings = [];
    announce(`${found.length} ${found.length === 1 ? "problem" : "problems"} in the rule set`);
  }
  mark();
  byId("problems").hidden = !found.length;
  show(byId("problem-list"), ...found.map((each, index) => html("li", {},
    html("button", { class: "link", "data-key": `problem ${index}`, click: () => editor.goTo(each.line ?? 1) }, `line ${each.line ?? 1}`),
    html("span", {}, ` ${each.place ? `${each.place}: ` : ""}${each.what}; ${each.fix}`))));
  byId("stale").hidden = !found.length || rules === null;
  editor.showCursor();
}

function mark(): void {
  const notes: LineNote[] = [
    ...problems.map((each) => ({ line: each.line, severity: "error" as const, message: `${each.what}; ${each.fix}` })),
    ...findings.map((each) => ({ line: each.line, severity: each.severity, message: `${each.code}: ${each.what}; ${each.fix}` })),
  ];
  editor.mark(notes);
}

async function draw(found: Rules): Promise<void> {
  try {
    await drawWorkflow(byId("workflow"), found.diagram, found.states, graphs);
    markState(byId("workflow"), ticket?.state?.name ?? null);
  } catch (error) {
    if (!(error instanceof Replaced)) show(byId("workflow"), html("p", { class: "faint" }, "The workflow is too large to be drawn here."));
  }
}

async function check(): Promise<void> {
  if (checker.isBusy) checker.stop(); // it checks an older text
  byId("checking").hidden = false;
  const checked = document_;
  try {
    const { findings: found } = await checker.ask<{ findings: Finding[] }>({ ask: "check", document: checked, budget: BUDGET, language }, "check");
    if (checked !== document_) return;
    findings = problems.length ? [] : found;
    mark();
    showFindings(byId("findings"), found, { goTo: (line) => editor.goTo(line), replay });
    byId("checking").hidden = true;
    byId("count").textContent = String(found.length);
    announce(`The check has ${found.length || "no"} ${found.length === 1 ? "finding" : "findings"}`);
  } catch (error) {
    if (error instanceof Replaced || checked !== document_) return;
    byId("checking").hidden = true;
    show(byId("findings"), html("p", { class: "note is-warning" }, `The rule set was not checked: ${error instanceof Error ? error.message : error}.`));
  }
}

// -- The ticket

function showActors(actors: Actor[]): void {
  const select = byId<HTMLSelectElement>("actor");
  actor = actors.find((each) => each.role === actor?.role && each.id === actor?.id) ?? actors.find((each) => each.role === "agent") ?? actors[0] ?? null;
  show(select, ...actors.map((each, index) => html("option", { value: index, selected: each === actor }, each.label)));
  select.onchange = () => {
    actor = actors[Number(select.value)] ?? null;
    void refresh();
  };
}

async function refresh(): Promise<void> {
  if (!rules || commands === null) return;
  const asked = { ask: "ticket", document: document_, commands, now: Math.round(now), actor, language };
  try {
    showTicket(await python.ask<Ticket>(asked, "ticket"));
  } catch (error) {
    failed("The ticket cannot be shown")(error);
  }
}

function showTicket(found: Ticket): void {
  ticket = found;
  const slider = byId<HTMLInputElement>("time");
  [slider.min, slider.max, slider.step] = [String(found.start), String(found.end), "1"];
  if (!dragging) slider.value = String(found.now);
  slider.setAttribute("aria-valuetext", `${found.local}${found.state ? `, ${found.state.label}` : ""}`);
  byId("now").textContent = found.local;
  byId<HTMLButtonElement>("next-due").disabled = found.nextDue === null;
  byId<HTMLButtonElement>("undo").disabled = !undone.length;
  showState(found);
  showOptions(found, (option) => void act(option));
  showHistory(found, travel);
  showExplanations(found, (line) => editor.goTo(line));
  drawPicture(byId("picture"), found, rules?.zone ?? "UTC");
  markState(byId("workflow"), found.state?.name ?? null);
  remember();
}

async function act(option: Option): Promise<void> {
  const values = await valuesFor(option);
  if (values === null || commands === null) return;
  const { command, transition } = option;
  try {
    const acted = await python.ask<Acted>({ ask: "act", document: document_, commands, now, actor, language, option: { command, transition, values } }, "act");
    if (acted.refused) {
      notice(`Refused: ${acted.refused.join("; ")}.`, "warning");
      return;
    }
    const dropped = commands.length + 1 - (acted.commands?.length ?? 0);
    undone.push({ commands, now });
    commands = acted.commands ?? commands;
    const hints = [...(acted.hints ?? []), ...(dropped > 0 ? [`${dropped} later ${dropped === 1 ? "command was" : "commands were"} dropped; Undo brings them back.`] : [])];
    notice(hints.join(" "));
    await refresh();
    announce(`${option.label}: done. ${ticket?.state ? `The ticket is ${ticket.state.label}.` : ""}`);
  } catch (error) {
    failed("The command was not given")(error);
  }
}

function replay(history: { commands: Command[]; until: number }): void {
  if (commands) undone.push({ commands, now });
  [commands, now] = [history.commands, history.until];
  void refresh();
  byId("ticket").scrollIntoView({ behavior: "smooth", block: "start" });
  byId("time").focus({ preventScroll: true });
}

/** Go to an instant. */
function travel(to: number): void {
  now = to;
  void refresh();
}

let dragging = false;
const slider = byId<HTMLInputElement>("time");
slider.addEventListener("input", () => {
  dragging = true;
  travel(Number(slider.value));
});
slider.addEventListener("change", () => {
  dragging = false;
});
slider.addEventListener("keydown", (event) => {
  if (!ticket) return;
  const steps: Record<string, number> = {
    ArrowRight: HOUR, ArrowUp: HOUR, ArrowLeft: -HOUR, ArrowDown: -HOUR, PageUp: DAY, PageDown: -DAY,
    Home: ticket.start - now, End: ticket.end - now,
  };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  travel(Math.max(now + step, ticket.start));
});
for (const each of document.querySelectorAll<HTMLElement>("[data-hours]")) {
  each.addEventListener("click", () => travel(Math.max(now + Number(each.dataset.hours) * HOUR, ticket?.start ?? 0)));
}
byId("next-due").addEventListener("click", () => {
  if (ticket?.nextDue) travel(ticket.nextDue);
});
byId("undo").addEventListener("click", () => {
  const last = undone.pop();
  if (last) [commands, now] = [last.commands, last.now];
  void refresh();
});
byId("again").addEventListener("click", async () => {
  if (commands) undone.push({ commands, now });
  commands = null;
  await read();
});

const picture = byId("picture");
picture.addEventListener("pointerdown", (event) => {
  if (!ticket) return;
  picture.setPointerCapture(event.pointerId);
  travel(instantAt(picture, event.clientX, ticket));
});
picture.addEventListener("pointermove", (event) => {
  if (ticket && picture.hasPointerCapture(event.pointerId)) travel(instantAt(picture, event.clientX, ticket));
});
new ResizeObserver(() => {
  const width = picture.clientWidth;
  slider.style.marginInlineStart = `${gutter(width) - 8}px`;
  slider.style.width = `${width - gutter(width) - 12 + 16}px`;
  if (ticket) drawPicture(picture, ticket, rules?.zone ?? "UTC");
}).observe(picture);

// -- The address

let remembering = 0;
function remember(): void {
  clearTimeout(remembering);
  remembering = setTimeout(async () => {
    const fragment = await encode({ document: document_, commands, now: Math.round(now), actor });
    if (fragment.length <= LONGEST_LINK) history.replaceState(null, "", `#${fragment}`);
  }, 250);
}

byId("copy").addEventListener("click", async () => {
  const fragment = await encode({ document: editor.text, commands, now: Math.round(now), actor });
  if (fragment.length > LONGEST_LINK) {
    notice("The rule set is too large for a link; send it as a file.", "warning");
    return;
  }
  history.replaceState(null, "", `#${fragment}`);
  try {
    await navigator.clipboard.writeText(location.href);
    notice("The link was copied. It carries the whole rule set and the ticket; no server keeps them.");
  } catch {
    notice("The browser does not let the page copy; copy the address of the page instead.", "warning");
  }
  announce("The link is in the address");
});

/** Open what the address carries; returns False if it carries nothing that can be opened. */
async function openAddress(): Promise<boolean> {
  const fragment = location.hash.slice(1);
  if (!fragment) return false;
  try {
    open(await decode(fragment));
    return true;
  } catch (error) {
    notice(`The link cannot be opened: ${error instanceof Error ? error.message : error}. A sample is shown instead.`, "warning");
    return false;
  }
}
window.addEventListener("hashchange", () => void openAddress());

// -- Samples and words

const choice = byId<HTMLSelectElement>("sample");
choice.addEventListener("change", () => {
  const sample = samples.find((each) => each.id === choice.value);
  if (sample) open({ document: sample.document, commands: null, now: null, actor: null });
  choice.value = "";
});
byId<HTMLSelectElement>("language").addEventListener("change", (event) => {
  language = (event.target as HTMLSelectElement).value;
  rules = null;
  void read();
});

async function start(): Promise<void> {
  samples = await (await fetch("samples.json")).json();
  const groups = [...new Set(samples.map((each) => each.group))];
  choice.append(...groups.map((group) => html("optgroup", { label: group },
    ...samples.filter((each) => each.group === group).map((each) => html("option", { value: each.id }, each.title)))));
  if (!(await openAddress())) open({ document: samples[0]!.document, commands: null, now: null, actor: null });
}

void start().catch(failed("The page did not start"));
if ("serviceWorker" in navigator) {
  window.addEventListener("load", () => void navigator.serviceWorker.register("offline.js").catch(() => {}));
}
