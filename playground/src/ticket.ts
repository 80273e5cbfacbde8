// The ticket: what a user can do to it, its history, and why each rule acts or not.

import { byId, html, show } from "./dom";
import type { Explanation, Input, Option, Ticket } from "./types";

/** The verdicts of rules that are shown last; all others come before them. */
const QUIET = ["awaits_event", "not_applicable", "not_enabled", "not_in_force", "never"];

export type Values = Record<string, string | boolean | number>;

export function showState(ticket: Ticket): void {
  const { state } = ticket;
  const due = ticket.nextDueLocal && html("span", { class: "faint" }, `next due ${ticket.nextDueLocal}`);
  show(byId("state"),
    state ? html("span", { class: `chip is-${state.category}` }, state.label) : html("span", { class: "chip" }, "not opened yet"),
    state?.hidden ? html("span", { class: "badge" }, "hidden") : null,
    html("span", { class: "faint" }, state ? (state.assignee ? `assigned to ${state.assignee}` : "nobody assigned") : "open it with a button below"),
    ...(state?.fields ?? []).map((each) => html("span", { class: "faint" }, each)),
    state && (due || html("span", { class: "faint" }, "nothing more is due by itself")),
  );
  const notes = [
    ...ticket.refusals.map((each) => `${each.what} under this rule set: ${each.why.join("; ")}`),
    ...(ticket.unknownFrom ? [`What is due from ${ticket.unknownFrom} on is not known: the public holidays are not known.`] : []),
    ...(ticket.isCut ? ["More falls due than the playground carries out for one ticket."] : []),
  ];
  show(byId("notes"), ...notes.map((each) => html("p", { class: "note" }, each)));
}

const key = (option: Option): string => `${option.command} ${option.transition ?? ""}`;

export function showOptions(ticket: Ticket, choose: (option: Option) => void): void {
  const isOpen = (each: Option): boolean => each.reasons.length === 0;
  const button = (each: Option): HTMLElement =>
    html("button", { class: each.transition ? "move" : "", "data-key": key(each), "data-command": each.command, "data-transition": each.transition, click: () => choose(each) },
      each.label, each.target && !each.label.includes(each.target) && html("span", { class: "target" }, ` → ${each.target}`));
  const open = ticket.options.filter(isOpen);
  show(byId("options"),
    ...open.filter((each) => each.transition).map(button), ...open.filter((each) => !each.transition).map(button),
    !open.length && html("p", { class: "faint" }, "This role can do nothing now."));
  const refused = ticket.options.filter((each) => !isOpen(each));
  byId("refused").hidden = !refused.length;
  show(byId("refused-summary"), document.createTextNode(`Not possible now (${refused.length})`));
  show(byId("refused-list"), ...refused.map((each) => html("li", {}, html("strong", {}, each.label), `: ${each.reasons.join("; ")}`)));
}

export function showHistory(ticket: Ticket, goTo: (at: number) => void): void {
  const rows = (entries: Ticket["history"]) => entries.map((each) =>
    html("li", { class: each.automatic ? "automatic" : "" },
      html("button", { class: "link when", "data-key": `at ${each.at} ${each.what}`, click: () => goTo(each.at) }, each.local),
      html("div", {}, each.what, each.why && html("div", { class: "faint" }, each.why))));
  const past = ticket.history.filter((each) => each.at <= ticket.now), later = ticket.history.filter((each) => each.at > ticket.now);
  show(byId("history"), ...rows(past));
  byId("later-title").hidden = !later.length;
  byId("later-title").textContent = later.every((each) => each.automatic) ? "If nobody acts" : "Later";
  show(byId("later"), ...rows(later));
}

export function showExplanations(ticket: Ticket, goTo: (line: number) => void): void {
  const order = (each: Explanation): number => QUIET.indexOf(each.verdict);
  const sorted = [...ticket.explanations].sort((one, other) => order(one) - order(other));
  show(byId("explanations"), ...sorted.map((each) => {
    const { line } = each;
    return html("li", { "data-rule": each.rule, "data-verdict": each.verdict },
      html("div", { class: "row" },
        html("span", { class: `badge is-${each.verdict}` }, each.verdict.replaceAll("_", " ")),
        html("strong", {}, each.rule),
        line !== null && html("button", { class: "link", "data-key": `rule ${each.rule}`, click: () => goTo(line) }, `line ${line}`)),
      html("div", {}, each.text),
      each.checks.length > 1 && html("ul", { class: "checks" }, ...each.checks.map((check) =>
        html("li", { class: check.holds ? "holds" : "fails" }, `${check.holds ? "✓" : "✗"} ${check.what}`))));
  }));
  byId("no-rules").hidden = ticket.explanations.length > 0;
  byId("clocks-title").hidden = !ticket.clocks.length;
  show(byId("clocks"), ...ticket.clocks.map((each) => html("li", {}, each)));
}

/** Ask for what an option needs, in a dialog; at once if it needs nothing. Returns null if the user cancels. */
export function valuesFor(option: Option): Promise<Values | null> {
  const hidden = Object.fromEntries(option.inputs.filter((each) => each.kind === "hidden").map((each) => [each.name, each.value]));
  const asked = option.inputs.filter((each) => each.kind !== "hidden");
  if (!asked.length) return Promise.resolve(hidden);
  const dialog = byId<HTMLDialogElement>("form");
  show(byId("form-title"), document.createTextNode(option.label));
  show(byId("form-inputs"), ...asked.map(field));
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      const given = Object.fromEntries(asked.map((each) => [each.name, valueOf(each)]));
      resolve(dialog.returnValue === "give" ? { ...hidden, ...given } : null);
    };
  });
}

const idOf = (input: Input): string => `input ${input.name}`.replaceAll(" ", "-");

function field(input: Input): HTMLElement {
  const id = idOf(input), label = html("label", { for: id }, input.name.replace(/^field /, "").replaceAll("_", " "));
  if (input.kind === "check") return html("div", { class: "field" }, html("input", { id, type: "checkbox", checked: input.value === true }), label);
  if (input.kind === "choice") {
    const choices = input.required ? input.choices : ["", ...input.choices];
    return html("div", { class: "field" }, label, html("select", { id }, ...choices.map((each) =>
      html("option", { value: each, selected: each === input.value }, each || "–"))));
  }
  const type = { number: "number", instant: "datetime-local" }[input.kind as string] ?? "text";
  return html("div", { class: "field" }, label, html("input", { id, type, value: String(input.value), required: input.required }));
}

function valueOf(input: Input): string | boolean | number {
  const element = byId<HTMLInputElement>(idOf(input));
  if (input.kind === "check") return element.checked;
  const isNumber = input.kind === "number" && element.value !== "" && !input.name.startsWith("field ");
  return isNumber ? Number(element.value) : element.value;
}
