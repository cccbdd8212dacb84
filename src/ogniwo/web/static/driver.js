// Keeps the page of a charging point up to date without loading it anew. Without this script the
// page does the same, only slower.
const now = document.getElementById("now");
const AGAIN_S_MAX = 60;
const QUIET_MS = 15000; // between two announcements

let timer = 0;
let failed = 0;
let held = false; // somebody is pressing: what is under the finger stays
let saidAt = 0;
let toSay = "";
let sayTimer = 0;
let leftEnds = 0;

function announce(text) {
  toSay = text;
  if (sayTimer) return;
  sayTimer = setTimeout(() => {
    document.getElementById("said").textContent = toSay;
    saidAt = Date.now();
    sayTimer = 0;
  }, Math.max(0, saidAt + QUIET_MS - Date.now()));
}

function show(told) {
  const fresh = document.createElement("template");
  fresh.innerHTML = told.html;
  if (told.view !== now.dataset.view) {
    const had = now.contains(document.activeElement);
    now.replaceChildren(fresh.content);
    now.dataset.view = told.view;
    if (had) document.getElementById("main").focus({ preventScroll: true });
    announce(told.say);
  } else {
    for (const part of fresh.content.querySelectorAll("[data-figure]")) {
      const here = now.querySelector(`[data-figure="${part.dataset.figure}"]`);
      if (here && here.textContent !== part.textContent) here.textContent = part.textContent;
    }
    const left = fresh.content.querySelector("[data-left]");
    if (left) now.querySelector("[data-left]").dataset.left = left.dataset.left;
  }
  countDown();
}

function countDown() {
  const left = now.querySelector("[data-left]");
  leftEnds = left ? Date.now() + Number(left.dataset.left) * 1000 : 0;
}

function tick() {
  const number = now.querySelector("[data-left] b");
  if (number) number.textContent = Math.max(0, Math.round((leftEnds - Date.now()) / 1000));
}

async function ask() {
  clearTimeout(timer);
  if (document.hidden) return;
  let againS = Number(now.dataset.again);
  try {
    const answer = await fetch(now.dataset.live, { cache: "no-store", signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    failed = 0;
    if (!held) show(told);
    againS = told.again_s;
    now.dataset.again = againS;
  } catch {
    failed += 1;
    againS = Math.min(AGAIN_S_MAX, Math.max(3, againS) * 2 ** Math.min(failed, 5));
  }
  document.getElementById("network").hidden = failed < 2;
  timer = setTimeout(ask, againS * 1000);
}

if (now) {
  countDown();
  setInterval(tick, 1000);
  timer = setTimeout(ask, Number(now.dataset.again) * 1000);
  document.addEventListener("visibilitychange", ask);
  window.addEventListener("online", ask);
  document.addEventListener("pointerdown", () => { held = true; });
  for (const over of ["pointerup", "pointercancel"]) document.addEventListener(over, () => { setTimeout(() => { held = false; }, 300); });
}

// One press is one order, however slow the network is.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
  setTimeout(() => { delete event.target.dataset.sent; }, 8000);
});

if ("serviceWorker" in navigator && window.isSecureContext) {
  for (const scope of ["/c/", "/driver"]) navigator.serviceWorker.register("/driver/worker.js", { scope }).catch(() => {});
}
