// What the server that answers us counts about itself, read from its own /metrics.

export type Metrics = Map<string, number>;
/** One look at it. */
export type Look = { at: number; metrics: Metrics; troubles: Trouble[] };
export type Trouble = { code: string; detail: string };

const LINE = /^([a-zA-Z_:]\w*)(\{[^}]*\})?\s+(\S+)/;

/** By name, with labels where it has any: `ogniwo_connections_refused_total{reason="x"}`. */
export function read(text: string): Metrics {
  const found: Metrics = new Map();
  for (const line of text.split("\n")) {
    const part = line.startsWith("#") ? null : LINE.exec(line);
    if (part) found.set(part[1]! + (part[2] ?? ""), Number(part[3]));
  }
  return found;
}

export async function look(): Promise<Look> {
  const [told, ready] = await Promise.all([fetch("/metrics"), fetch("/readyz")]);
  if (!told.ok) throw new Error(`HTTP ${told.status}`);
  const { problems } = (await ready.json()) as { problems?: Trouble[] };
  return { at: Date.now(), metrics: read(await told.text()), troubles: problems ?? [] };
}

/** How much a counter grew each second between two looks; null where it is not counted, or began anew. */
export function perSecond(before: Look, after: Look, name: string): number | null {
  const [then, now] = [before.metrics.get(name), after.metrics.get(name)];
  if (then === undefined || now === undefined || now < then) return null;
  return (now - then) / Math.max(0.001, (after.at - before.at) / 1000);
}

/** How long a commit took between two looks, in milliseconds; null where there was none. */
export function commitMs(before: Look, after: Look): number | null {
  const grown = (name: string) => (after.metrics.get(name) ?? 0) - (before.metrics.get(name) ?? 0);
  const count = grown("ogniwo_commit_seconds_count");
  return count > 0 ? (grown("ogniwo_commit_seconds_sum") / count) * 1000 : null;
}
