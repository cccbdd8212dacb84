// One table as a workbook. Written here, because the libraries that do it weigh more than this console:
// a workbook of one plain sheet is five small XML files in a zip.

type Cell = string | number | boolean | null | undefined;

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const NAME_MAX = 31; // characters of a sheet's name

export async function toXlsx(title: string, rows: readonly (readonly Cell[])[]): Promise<Blob> {
  const name = plain(title.replace(/[[\]:*?/\\]/g, " ").slice(0, NAME_MAX));
  return zip(
    {
      "[Content_Types].xml": `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${TYPE}.worksheet+xml"/></Types>`,
      "_rels/.rels": `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="r1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
      "xl/workbook.xml": `${HEAD}<workbook xmlns="${SHEET}" xmlns:r="${OFFICE}"><sheets><sheet name="${name}" sheetId="1" r:id="r1"/></sheets></workbook>`,
      "xl/_rels/workbook.xml.rels": `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="r1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
      "xl/worksheets/sheet1.xml": sheet(rows),
    },
    XLSX,
  );
}

/** The first row stays in view. Text is always text: nothing becomes a formula. */
function sheet(rows: readonly (readonly Cell[])[]): string {
  const view =
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>';
  const told = rows.map((row) => `<row>${row.map(cell).join("")}</row>`).join("");
  return `${HEAD}<worksheet xmlns="${SHEET}">${view}<sheetData>${told}</sheetData></worksheet>`;
}

function cell(value: Cell): string {
  if (value == null || value === "") return "<c/>";
  if (typeof value === "number" && Number.isFinite(value)) return `<c><v>${value}</v></c>`;
  return `<c t="inlineStr"><is><t xml:space="preserve">${plain(String(value))}</t></is></c>`;
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const plain = (text: string): string =>
  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replace(/[&<>"]/g, (it) => ESCAPES[it]!);

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

const u16 = (value: number): number[] => [value & 0xff, (value >>> 8) & 0xff];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];

async function zip(files: Record<string, string>, type: string): Promise<Blob> {
  const parts: BlobPart[] = [];
  const list: number[] = [];
  let at = 0;
  for (const [path, text] of Object.entries(files)) {
    const name = [...new TextEncoder().encode(path)];
    const bytes = new TextEncoder().encode(text);
    const packed = await deflated(bytes);
    // Version 2.0, names in UTF-8, deflated; the date is left at the first there is.
    const facts = [
      ...[...u16(20), ...u16(0x0800), ...u16(8), ...u16(0), ...u16(0x21)],
      ...[...u32(crc32(bytes)), ...u32(packed.length), ...u32(bytes.length)],
      ...[...u16(name.length), ...u16(0)],
    ];
    const head = [...u32(0x04034b50), ...facts, ...name];
    list.push(...u32(0x02014b50), ...u16(20), ...facts, ...u16(0), ...u16(0), ...u16(0));
    list.push(...u32(0), ...u32(at), ...name);
    parts.push(new Uint8Array(head), packed);
    at += head.length + packed.length;
  }
  const count = Object.keys(files).length;
  const end = [...u32(0x06054b50), ...u32(0), ...u16(count), ...u16(count)];
  end.push(...u32(list.length), ...u32(at), ...u16(0));
  return new Blob([...parts, new Uint8Array(list), new Uint8Array(end)], { type });
}

async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
