// A wall clock's time in a zone and the moment it stands for.

const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const wall = (at: number, zone: string): number => {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const part = (name: string) => Number(parts.find((it) => it.type === name)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"));
};

/** "2026-05-17T08:30" as clocks show it there; "" where there is no moment. */
export function toWall(at: string | null | undefined, zone = browserZone()): string {
  return at ? new Date(wall(Date.parse(at), zone)).toISOString().slice(0, 16) : "";
}

/** The moment at which clocks there show it; null for what is no time. An hour that the clocks
 * skip counts as the one after. */
export function fromWall(text: string, zone = browserZone()): string | null {
  const wanted = Date.parse(`${text}Z`);
  if (Number.isNaN(wanted)) return null;
  let at = wanted;
  for (let turn = 0; turn < 2; turn += 1) at = wanted - (wall(at, zone) - at);
  return new Date(at).toISOString();
}
