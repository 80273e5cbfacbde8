// Completion of TOML and JSON by a JSON Schema. codemirror-json-schema knows no TOML and brings three parsers; this
// scans the text before the cursor, which need not be well-formed, and follows the keys found through the schema.

import type { Names } from "./types";

export interface Schema {
  $ref?: string; $defs?: Record<string, Schema>; anyOf?: Schema[]; then?: Schema; else?: Schema;
  type?: string; enum?: unknown[]; const?: unknown; description?: string; items?: Schema;
  properties?: Record<string, Schema>; additionalProperties?: boolean | Schema; required?: string[]; maxProperties?: number;
}

/** Where the cursor is. `path` has the keys and, for items of lists, `ITEM`. */
export interface Place { path: string[]; used: Set<string>; isKey: boolean; isHeader: boolean; isQuoted: boolean; from: number }
export interface Suggestion { label: string; insert: string; detail: string; info: string; isKey: boolean }

const ITEM = "[]";
const BARE = /[A-Za-z0-9_-]*/y;
const WORD = /[^\s,\]}#=]*/y;

interface Frame { kind: "table" | "object" | "list"; path: string[]; used: Set<string>; key: string[]; hasKey: boolean }

const frame = (kind: Frame["kind"], path: string[]): Frame => ({ kind, path, used: new Set(), key: [], hasKey: false });
const valuePath = (of: Frame): string[] => [...of.path, ...(of.kind === "list" ? [ITEM] : of.key)];

/** Return where a position is in a text; null inside a comment. */
export function placeAt(text: string, position: number): Place | null {
  const isJson = /^\s*\{/.test(text);
  const frames: Frame[] = [frame("table", [])];
  let top = frames[0]!;
  if (isJson) top.hasKey = true;
  let at = 0;
  const place = (from: number, isQuoted: boolean, isHeader = false): Place => {
    const isKey = top.kind !== "list" && !top.hasKey;
    return { path: isKey ? [...top.path, ...top.key] : valuePath(top), used: top.used, isKey, isHeader, isQuoted, from };
  };
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? "";
    at += found.length;
    return found;
  };
  while (at < position) {
    const sign = text[at]!;
    if (sign === "\n" && top.kind === "table" && !isJson) [top.hasKey, top.key] = [false, []];
    if (/\s/.test(sign)) at += 1;
    else if (sign === "#" && !isJson) {
      const end = text.indexOf("\n", at);
      if (end < 0 || end >= position) return null;
      at = end;
    } else if (sign === "[" && top.kind === "table" && !top.hasKey) {
      while (text[at] === "[") at += 1;
      const from = at;
      const end = text.slice(at).search(/[\]\n]/);
      const stop = end < 0 ? text.length : at + end;
      if (position <= stop) {
        const names = text.slice(from, position).split(".");
        top = frame("table", names.slice(0, -1));
        return place(position - names.at(-1)!.length, false, true);
      }
      top = frames[0] = frame("table", text.slice(from, stop).split(".").map((each) => each.trim().replaceAll('"', "")));
      at = stop;
      while (text[at] === "]") at += 1;
    } else if (sign === "{" || sign === "[") {
      top = frame(sign === "{" ? "object" : "list", valuePath(top));
      frames.push(top);
      at += 1;
    } else if (sign === "}" || sign === "]") {
      if (frames.length > 1) frames.pop();
      top = frames.at(-1)!;
      at += 1;
    } else if (sign === ",") {
      if (top.kind === "object") [top.hasKey, top.key] = [false, []];
      at += 1;
    } else if (sign === "=" || sign === ":") {
      top.used.add(top.key[0] ?? "");
      top.hasKey = true;
      at += 1;
    } else if (sign === '"' || sign === "'") {
      const quote = text.startsWith(sign.repeat(3), at) ? sign.repeat(3) : sign;
      const from = at + quote.length;
      at = from;
      while (at < text.length && !text.startsWith(quote, at) && !(quote.length === 1 && text[at] === "\n")) {
        at += text[at] === "\\" && sign === '"' ? 2 : 1;
      }
      if (position <= at) return place(from, true);
      if (top.kind !== "list" && !top.hasKey) top.key = [...top.key, text.slice(from, at)];
      at += text.startsWith(quote, at) ? quote.length : 0;
    } else {
      const from = at;
      const isKey = top.kind !== "list" && !top.hasKey;
      const word = take(isKey ? BARE : WORD);
      if (at >= position) return place(from, false);
      if (isKey && word) top.key = [...top.key, word];
      else if (!word) at += 1;
    }
  }
  if (top.key.length && !top.hasKey && text[position - 1] !== ".") top.key = [];
  return place(position, false);
}

/** Return the schemas that a value may follow: the choices of `anyOf` one by one, references resolved. */
function choices(schema: Schema, root: Schema): Schema[] {
  const all: Schema[] = [];
  const pending = [schema];
  while (pending.length && all.length < 500) {
    const each = pending.pop()!;
    if (each.$ref) {
      const named = root.$defs?.[each.$ref.slice("#/$defs/".length)];
      if (named) pending.push({ ...named, description: each.description ?? named.description });
    } else if (each.anyOf) pending.push(...each.anyOf.map((one) => ({ description: each.description, ...one })));
    else {
      if (each.then) pending.push(each.then);
      if (each.else) pending.push(each.else);
      all.push(each);
    }
  }
  return all;
}

export function schemasAt(path: string[], root: Schema): Schema[] {
  let found = choices(root, root);
  for (const step of path) {
    const next: Schema[] = [];
    for (const each of found) {
      if (step === ITEM) next.push(...(each.items ? choices(each.items, root) : []));
      else {
        const owners = each.items ? choices(each.items, root) : [each]; // a header names a list of tables without its index
        for (const owner of owners) {
          const more = owner.properties?.[step] ?? owner.additionalProperties;
          if (more && typeof more === "object") next.push(...choices(more, root));
        }
      }
    }
    found = next;
  }
  return found;
}

const NAMES: Record<string, string> = {
  sources: "states", target: "states", state_is: "states", entry: "states", left: "states", move: "transitions",
  reopen: "transitions", transition: "transitions", field: "fields", needs: "fields", takes: "fields",
  calendar: "calendars", gate: "calendars", clock: "clocks", started: "clocks", breached: "clocks",
  template: "templates", event: "events", outside: "events",
};

function isObject(schema: Schema): boolean {
  return schema.type === "object";
}

/** Return what can stand at a place: keys, or values, names of the rule set among them. */
export function suggestions(place: Place, root: Schema, names: Names, isJson: boolean): Suggestion[] {
  const found = new Map<string, Suggestion>();
  const add = (label: string, insert: string, detail: string, info: string, isKey: boolean): void => {
    if (!found.has(label)) found.set(label, { label, insert, detail, info, isKey });
  };
  const quoted = (text: string): string => (place.isQuoted ? text : JSON.stringify(text));
  const assign = isJson ? ": " : " = ";
  const schemas = schemasAt(place.path, root);
  if (place.isKey) {
    const owners = place.isHeader ? schemas.flatMap((each) => (each.items ? choices(each.items, root) : [each])) : schemas;
    for (const each of owners.flatMap((one) => (one.items && place.path.at(-1) !== ITEM ? choices(one.items, root) : [one]))) {
      for (const [key, value] of Object.entries(each.properties ?? {})) {
        const shapes = choices(value, root);
        if (key === "nothing" || place.used.has(key)) continue;
        if (place.isHeader && !shapes.some((shape) => isObject(shape) || shape.items)) continue;
        const detail = each.required?.includes(key) ? "required" : kindOf(shapes);
        const isWhole = place.isHeader || place.isQuoted;
        const insert = isWhole ? key : `${isJson ? JSON.stringify(key) : key}${assign}`;
        add(key, insert, detail, value.description ?? shapes[0]?.description ?? "", true);
      }
    }
    return [...found.values()];
  }
  for (const each of schemas) {
    for (const value of each.enum ?? ("const" in each ? [each.const] : [])) {
      if (typeof value === "string") add(value, quoted(value), "", each.description ?? "", false);
    }
    if (each.type === "boolean" && !place.isQuoted) for (const one of ["true", "false"]) add(one, one, "", "", false);
    if (isObject(each) && !place.isQuoted && each.maxProperties === 1) {
      for (const [tag, value] of Object.entries(each.properties ?? {})) {
        const key = isJson ? JSON.stringify(tag) : tag;
        add(`{ ${tag} }`, `{ ${key}${assign}`, "", value.description ?? choices(value, root)[0]?.description ?? "", false);
      }
    }
  }
  const key = place.path.filter((step) => step !== ITEM).at(-1) ?? "";
  const isText = schemas.some((each) => each.type === "string");
  for (const name of (isText && names[NAMES[key] ?? ""]) || []) add(name, quoted(name), NAMES[key]!, "", false);
  return [...found.values()];
}

function kindOf(shapes: Schema[]): string {
  const kinds = new Set(shapes.map((each) => (each.enum || "const" in each ? "text" : each.type ?? "")));
  const words: Record<string, string> = { array: "list", integer: "number", string: "text", object: "table" };
  return [...kinds].filter((each) => each && each !== "null").map((each) => words[each] ?? each).slice(0, 2).join(" or ");
}

/** Return the description of the key or the value at a position. */
export function describe(text: string, position: number, root: Schema): string {
  const place = placeAt(text, position);
  if (!place) return "";
  const word = /^[A-Za-z0-9_-]+/.exec(text.slice(place.from))?.[0];
  if (!word) return "";
  const path = [...place.path, word];
  const found = schemasAt(path, root).find((each) => each.description);
  return found?.description ?? "";
}
