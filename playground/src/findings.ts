// The findings of the check, each with its line and the history that shows it.

import { html, show } from "./dom";
import type { Finding } from "./types";

export interface FindingActions { goTo: (line: number) => void; replay: (history: NonNullable<Finding["history"]>) => void }

export function showFindings(place: HTMLElement, findings: Finding[], actions: FindingActions): void {
  if (!findings.length) {
    show(place, html("p", { class: "good" }, "No findings: no likely mistakes in this rule set."));
    return;
  }
  show(place, html("ul", { class: "findings" }, ...findings.map((each, index) => item(each, index, actions))));
}

function item(finding: Finding, index: number, actions: FindingActions): HTMLElement {
  const { line, history } = finding;
  return html("li", { class: `finding is-${finding.severity}` },
    html("div", { class: "row" },
      html("span", { class: `badge is-${finding.severity}` }, finding.severity),
      html("code", {}, finding.code),
      html("span", { class: "faint" }, finding.place),
      line !== null && html("button", { class: "link", "data-key": `line ${index}`, click: () => actions.goTo(line) }, `line ${line}`),
    ),
    html("p", {}, `${finding.what}; ${finding.fix}.`),
    html("p", { class: "faint" }, `Why it matters: ${finding.why}.`, finding.searched && ` Searched: ${finding.searched}.`),
    history && html("details", {},
      html("summary", { "data-key": `history ${index}` }, "A history that shows it"),
      html("ol", { class: "life" }, ...history.lines.map((each) => html("li", {}, each))),
      html("button", { "data-key": `replay ${index}`, click: () => actions.replay(history) }, "Show it on the ticket"),
    ),
  );
}
