// The key under which something is asked for once, however often the request must be sent.

const BYTES = 16;

/** Random; `crypto.randomUUID` is missing where the console is served without TLS. */
export function newKey(): string {
  const drawn = crypto.getRandomValues(new Uint8Array(BYTES));
  return [...drawn].map((it) => it.toString(16).padStart(2, "0")).join("");
}
