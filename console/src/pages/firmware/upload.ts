// Sends a file and tells how far it is: `fetch` cannot say that.

import { csrf, Problem } from "../../api/client.ts";
import { language } from "../../words/words.svelte.ts";

/** Rejects with a Problem; `stop` gives up. */
export function upload(address: string, file: Blob, onsent: (bytes: number) => void) {
  const request = new XMLHttpRequest();
  const done = new Promise<void>((resolve, reject) => {
    request.upload.onprogress = (progress) => onsent(progress.loaded);
    request.onerror = () => reject(new Problem(0, "unreachable", ""));
    request.onabort = () => reject(new Problem(0, "stopped", ""));
    request.onload = () => (request.status < 300 ? resolve() : reject(problemOf(request)));
    request.open("PUT", address);
    request.setRequestHeader("x-ogniwo-csrf", csrf);
    request.setRequestHeader("accept-language", language());
    request.setRequestHeader("content-type", "application/octet-stream");
    request.send(file);
  });
  return { done, stop: () => request.abort() };
}

function problemOf({ status, responseText }: XMLHttpRequest): Problem {
  try {
    const told = JSON.parse(responseText) as { code: string; detail: string };
    return new Problem(status, told.code, told.detail);
  } catch {
    return new Problem(status, "unknown", `HTTP ${status}`);
  }
}
