// What python/answers.py answers.

export interface Problem { line: number | null; place: string; what: string; fix: string; code: string }
export interface Actor { role: string; id: string; groups: string[]; label: string }
export interface State { name: string; category: string }
export type Names = Record<string, string[]>;
export interface Rules {
  problems: Problem[]; name: string; zone: string; diagram: string; states: State[]; actors: Actor[]; names: Names;
}

export type Command = Record<string, unknown>;
export interface Finding {
  code: string; severity: "error" | "warning" | "info"; place: string; line: number | null;
  what: string; fix: string; why: string; searched: string | null;
  history: { lines: string[]; commands: Command[]; until: number } | null;
}

export interface Input {
  name: string; kind: "hidden" | "text" | "number" | "check" | "choice" | "instant";
  value: string | number | boolean; choices: string[]; required: boolean;
}
export interface Option {
  command: string; transition: string | null; label: string; target: string | null; reasons: string[]; inputs: Input[];
}
export interface Entry { at: number; local: string; what: string; why: string | null; automatic: boolean }
export interface Explanation {
  rule: string; verdict: string; text: string; checks: { what: string; holds: boolean }[]; line: number | null;
}
export interface Band { start: number; end: number; kind: string; title: string }
export interface Mark { at: number; kind: string; title: string }
export interface Lane { label: string; bands: Band[]; marks: Mark[] }
export interface Ticket {
  now: number; local: string; start: number; end: number; nextDue: number | null; nextDueLocal: string | null;
  state: { name: string; label: string; category: string; hidden: boolean; assignee: string | null; fields: string[] } | null;
  isCut: boolean; unknownFrom: string | null; refusals: { what: string; why: string[] }[]; history: Entry[];
  options: Option[]; explanations: Explanation[]; clocks: string[]; lanes: Lane[];
}
export interface Acted { refused?: string[]; commands?: Command[]; hints?: string[] }
export interface Sample { id: string; title: string; group: string; document: string }
