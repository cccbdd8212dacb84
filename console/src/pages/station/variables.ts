// The name of a variable taken apart: `Component[instance]@evse.connector/Variable#attribute`.

import type { Shape } from "../../api/client.ts";

export type Line = Shape<"ConfigurationLine"> & { variable: string };
export type Group = { component: string; lines: Line[]; open: boolean };

const FEW = 40; // all are shown at once

/** A part may hold what separates the parts, written like in an address. */
function read(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function byComponent(
  lines: Shape<"ConfigurationLine">[],
  text: string,
  onlyDrift: boolean,
): Group[] {
  const wanted = text.toLowerCase();
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    if (onlyDrift && !line.drift) continue;
    if (wanted && !`${line.name} ${line.value ?? ""}`.toLowerCase().includes(wanted)) continue;
    const [component, variable] = apart(line.name);
    groups.set(component, [...(groups.get(component) ?? []), { ...line, variable }]);
  }
  const open = lines.length <= FEW || groups.size === 1;
  return [...groups]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([component, members]) => ({ component, lines: members, open }));
}

function apart(name: string): [string, string] {
  const slash = name.indexOf("/");
  return slash < 0 ? ["", read(name)] : [read(name.slice(0, slash)), read(name.slice(slash + 1))];
}
