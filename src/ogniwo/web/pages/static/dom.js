// Building and updating elements. Data reaches the page as text only, never as markup.

const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

/** h("p.dim", {title}, "text", child): falsy children are left out. */
export function h(shape, properties, ...children) {
  const [tag, ...classes] = shape.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null && child !== false && child !== ""));
  return element;
}

export function icon(name, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Change a text only where it differs; a changed number lights up for a moment. */
export function set(element, text) {
  if (element.textContent === text) return;
  const lights = element.dataset.tick !== undefined && element.textContent !== "";
  element.textContent = text;
  if (!lights) return;
  element.classList.remove("ticked");
  void element.offsetWidth; // restart the animation
  element.classList.add("ticked");
}

/**
 * Make the children of a list those of `items`, in order, reusing what is there.
 * `make(item)` gives an element with `update(item)`. While somebody is busy (`hold`), nothing is
 * added, removed or moved: a click must hit what was aimed at. Gives how many items wait.
 */
export function reconcile(list, items, key, make, hold = false) {
  const rows = (list.rows ??= new Map());
  const wanted = new Set(items.map(key));
  let previous = null;
  let waiting = 0;
  for (const item of items) {
    let row = rows.get(key(item));
    if (!row) {
      if (hold) {
        waiting += 1;
        continue;
      }
      row = make(item);
      rows.set(key(item), row);
    }
    row.update(item);
    row.classList.remove("gone");
    const place = previous ? previous.nextSibling : list.firstChild;
    if (!hold && row !== place) list.insertBefore(row, place);
    previous = row;
  }
  for (const [id, row] of rows) {
    if (wanted.has(id)) continue;
    if (hold) {
      row.classList.add("gone");
    } else {
      row.remove();
      rows.delete(id);
    }
  }
  return waiting;
}

const HOLD_MS = 10000; // a pointer left lying on a list is nobody about to click
let busy_until = 0;

/** Is somebody busy on a list? A row that comes into one list moves those below it as well. */
export const held = () => Date.now() < busy_until;

/** Watches an element for pointer and keyboard; `released` runs when nobody is busy any more. */
export function holdWhileBusy(element, released) {
  let timer = null;
  const after = (hold_ms) => {
    busy_until = hold_ms && Date.now() + hold_ms;
    clearTimeout(timer);
    timer = setTimeout(released, hold_ms + 150);
  };
  for (const kind of ["pointermove", "pointerdown", "keydown"]) element.addEventListener(kind, () => after(HOLD_MS));
  element.addEventListener("pointerleave", () => after(0));
}

/** Run once when calls have stopped coming for a while. */
export function soon(work, wait_ms) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      work();
    }, wait_ms);
  };
}

let sayTimer = null;
export function say(text) {
  clearTimeout(sayTimer);
  $("say").textContent = "";
  sayTimer = setTimeout(() => ($("say").textContent = text), 100);
}
