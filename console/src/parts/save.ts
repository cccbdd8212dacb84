// Hands a text, or what a file is made of, to the browser as a file.

export function saveFile(name: string, body: string | Blob, type = "text/csv"): void {
  const file =
    typeof body === "string" ? new Blob([body], { type: `${type};charset=utf-8` }) : body;
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
