// Tables as text files, as spreadsheets write them (RFC 4180; a semicolon where the comma is decimal).

export function toCsv(
  rows: readonly (readonly (string | number | boolean | null | undefined)[])[],
) {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

// A cell that begins like a formula would be one in a spreadsheet.
function cell(value: string | number | boolean | null | undefined): string {
  const text = String(value ?? "");
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",;\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows of cells; empty lines are left out, the delimiter is found in the first line. */
export function fromCsv(text: string): string[][] {
  const plain = text.replace(/^\ufeff/, "");
  const first = plain.split(/\r?\n/, 1)[0] ?? "";
  const by = [";", "\t", ","].find((it) => first.includes(it)) ?? ",";
  const rows: string[][] = [];
  let row: string[] = [];
  const cells = new RegExp(
    `(?:"((?:[^"]|"")*)"|([^"\\r\\n${by}][^\\r\\n${by}]*)|)(${by}|\\r?\\n|$)`,
    "y",
  );
  while (cells.lastIndex < plain.length) {
    const found = cells.exec(plain);
    if (!found) break;
    row.push((found[1]?.replaceAll('""', '"') ?? found[2] ?? "").trim());
    if (found[3] === by) continue;
    if (row.some(Boolean)) rows.push(row);
    row = [];
  }
  if (row.some(Boolean)) rows.push(row);
  return rows;
}
