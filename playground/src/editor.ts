// The editor of the document: CodeMirror with completion and descriptions from the JSON Schema, and errors at lines.

import { autocompletion, closeBrackets, closeBracketsKeymap, startCompletion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { json } from "@codemirror/lang-json";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { minimalSetup } from "codemirror";
import { highlightActiveLine, highlightActiveLineGutter, lineNumbers } from "@codemirror/view";
import schema from "../../schemas/rules.schema.json";
import { describe, placeAt, suggestions, type Schema, type Suggestion } from "./completion";
import { html } from "./dom";
import type { Names } from "./types";

export interface LineNote { line: number | null; severity: "error" | "warning" | "info"; message: string }

const ROOT = schema as unknown as Schema;
const isJson = (text: string): boolean => /^\s*\{/.test(text);
const language = (text: string) => (isJson(text) ? json() : StreamLanguage.define(toml));

const COLORS = HighlightStyle.define([
  { tag: [tags.keyword, tags.atom, tags.bool], color: "var(--code-atom)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number], color: "var(--code-number)" },
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-key)" },
  { tag: [tags.comment], color: "var(--code-comment)", fontStyle: "italic" },
]);

const LOOK = EditorView.theme({
  "&": { height: "100%", fontSize: "13px", backgroundColor: "var(--code-back)", color: "var(--text)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-gutters": { backgroundColor: "var(--code-back)", color: "var(--faint)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--code-line)" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": { backgroundColor: "var(--code-selected) !important" },
  ".cm-tooltip": {
    backgroundColor: "var(--panel)", color: "var(--text)", border: "1px solid var(--line)", borderRadius: "6px",
    boxShadow: "0 4px 16px #0003", maxWidth: "min(28rem, 90vw)",
  },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { color: "var(--faint)", fontStyle: "normal", marginLeft: "1em", fontSize: "11px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionInfo": { padding: "6px 10px", fontFamily: "var(--sans)", fontSize: "12px" },
  ".cm-description": { padding: "6px 10px", fontFamily: "var(--sans)", fontSize: "12px" },
  // CodeMirror draws these with images in data: addresses, which the Content-Security-Policy of the page does not allow.
  ".cm-lint-marker": { content: "normal !important", width: "9px", height: "9px", borderRadius: "50%", margin: "5px 0 0 2px" },
  ".cm-lint-marker-error": { backgroundColor: "var(--error)" },
  ".cm-lint-marker-warning": { backgroundColor: "var(--warning)" },
  ".cm-lint-marker-info": { backgroundColor: "var(--info)" },
  ".cm-lintRange": { backgroundImage: "none !important", textDecoration: "underline wavy 1px", textUnderlineOffset: "3px" },
  ".cm-lintRange-error": { textDecorationColor: "var(--error)" },
  ".cm-lintRange-warning": { textDecorationColor: "var(--warning)" },
  ".cm-lintRange-info": { textDecorationColor: "var(--info)" },
  ".cm-diagnostic": { fontFamily: "var(--sans)", fontSize: "12px", whiteSpace: "pre-wrap" },
});

function inserted(suggestion: Suggestion) {
  return (view: EditorView, _: unknown, from: number, to: number): void => {
    const closing = suggestion.insert.startsWith("{ ") ? " }" : "";
    const after = from + suggestion.insert.length;
    view.dispatch({ changes: { from, to, insert: suggestion.insert + closing }, selection: { anchor: after }, userEvent: "input.complete" });
    if (/[=:] $/.test(suggestion.insert)) startCompletion(view);
  };
}

export class Editor {
  readonly view: EditorView;
  #names: Names = {};
  #language = new Compartment();
  #isJson = false;

  constructor(host: HTMLElement, onChange: (text: string) => void) {
    // In a shadow root CodeMirror uses constructed style sheets, which a strict Content-Security-Policy allows.
    const root = host.attachShadow({ mode: "open" });
    const holder = root.appendChild(html("div", { class: "holder" }));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(":host { display: block } .holder { height: 100%; }");
    root.adoptedStyleSheets.push(sheet);
    this.view = new EditorView({
      parent: holder,
      root,
      state: EditorState.create({
        extensions: [
          keymap.of([...closeBracketsKeymap, ...lintKeymap]),
          minimalSetup, lineNumbers(), highlightActiveLine(), highlightActiveLineGutter(), closeBrackets(), lintGutter(), LOOK,
          syntaxHighlighting(COLORS),
          this.#language.of(language("")),
          autocompletion({ override: [(context) => this.#complete(context)], icons: false }),
          hoverTooltip((view, position) => {
            const text = describe(view.state.doc.toString(), position, ROOT);
            return text ? { pos: position, create: () => ({ dom: html("div", { class: "cm-description" }, text) }) } : null;
          }),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": "Rule set, TOML or JSON", spellcheck: "false" }),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            const text = this.text;
            if (isJson(text) !== this.#isJson) this.#follow(text);
            onChange(text);
          }),
        ],
      }),
    });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  set text(text: string) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, selection: { anchor: 0 }, scrollIntoView: true });
  }

  set names(names: Names) {
    this.#names = names;
  }

  mark(notes: LineNote[]): void {
    const document = this.view.state.doc;
    const diagnostics: Diagnostic[] = notes.map(({ line, severity, message }) => {
      const at = document.line(Math.min(Math.max(line ?? 1, 1), document.lines));
      const from = at.from + (at.text.length - at.text.trimStart().length);
      return { from, to: Math.max(from, at.to), severity, message };
    });
    this.view.dispatch(setDiagnostics(this.view.state, diagnostics));
  }

  /** Scroll to the cursor if the user is writing; the list of problems may have covered it. */
  showCursor(): void {
    if (this.view.hasFocus) requestAnimationFrame(() => this.view.dispatch({ scrollIntoView: true }));
  }

  goTo(line: number): void {
    const at = this.view.state.doc.line(Math.min(line, this.view.state.doc.lines));
    this.view.dispatch({ selection: { anchor: at.from }, effects: EditorView.scrollIntoView(at.from, { y: "center" }) });
    this.view.focus();
  }

  #follow(text: string): void {
    this.#isJson = isJson(text);
    queueMicrotask(() => this.view.dispatch({ effects: this.#language.reconfigure(language(this.text)) }));
  }

  #complete(context: CompletionContext): CompletionResult | null {
    const text = context.state.doc.toString();
    const place = placeAt(text, context.pos);
    if (!place || (!context.explicit && place.from === context.pos && !place.isQuoted)) return null;
    const options = suggestions(place, ROOT, this.#names, isJson(text)).map((each) => ({
      label: each.label, detail: each.detail, info: each.info || undefined, apply: inserted(each),
      boost: each.detail === "required" ? 1 : 0,
    }));
    return options.length ? { from: place.from, options, validFor: /^[\w.-]*$/ } : null;
  }
}
