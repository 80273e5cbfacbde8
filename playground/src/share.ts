// The fragment of the address: the document, the commands of the ticket and the instant, compressed.

import type { Actor, Command } from "./types";

export interface Shared { document: string; commands: Command[] | null; now: number | null; actor: Actor | null }

export const LONGEST_LINK = 60_000;
export const LONGEST_DOCUMENT = 200_000;
const MOST_COMMANDS = 200;
const LATEST = 2e14; // in the year 8307

async function through(bytes: BlobPart, stream: CompressionStream | DecompressionStream, most: number): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const pieces: BlobPart[] = [];
  for (let length = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw new Error("it is too large");
    }
    pieces.push(value as BlobPart);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

export async function encode(shared: Shared): Promise<string> {
  const text = JSON.stringify([1, shared.document, shared.commands, shared.now, shared.actor]);
  const packed = await through(text, new CompressionStream("deflate-raw"), Infinity);
  let binary = "";
  for (const byte of packed) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Read a fragment. Anybody can have written it, so its size and its types are checked. */
export async function decode(fragment: string): Promise<Shared> {
  if (fragment.length > LONGEST_LINK) throw new Error("it is too large");
  if (!/^[A-Za-z0-9_-]+$/.test(fragment)) throw new Error("it has other characters than a link of this page");
  let data: unknown;
  try {
    const packed = Uint8Array.from(atob(fragment.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
    const text = await through(packed, new DecompressionStream("deflate-raw"), 4 * LONGEST_DOCUMENT);
    data = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch (error) {
    throw error instanceof Error && error.message === "it is too large" ? error : new Error("it is damaged or cut off");
  }
  if (!Array.isArray(data) || data[0] !== 1) throw new Error("it is of another version");
  const [, document, commands, now, actor] = data;
  if (typeof document !== "string" || document.length > LONGEST_DOCUMENT) throw new Error("it has no document that fits");
  const hasCommands = Array.isArray(commands) && commands.length <= MOST_COMMANDS;
  const hasNow = Number.isInteger(now) && now >= 0 && now <= LATEST;
  const hasActor = typeof actor?.role === "string" && typeof actor?.id === "string" && Array.isArray(actor?.groups);
  return {
    document,
    commands: hasCommands && hasNow ? commands : null,
    now: hasCommands && hasNow ? now : null,
    actor: hasActor ? actor : null,
  };
}
