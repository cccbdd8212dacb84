// Texts, numbers and times in the language of the page.

export const language = document.documentElement.lang;
const locale = language === "en" ? "en-GB" : language; // a control room reads 24 hours, day before month
const catalogue = await (await fetch(`/static/texts/${language}.json`)).json();
const plurals = new Intl.PluralRules(language);

function find(key) {
  return key.split(".").reduce((node, name) => (node ?? {})[name], catalogue);
}

export const has = (key) => typeof find(key) === "string";

export function t(key, values = {}) {
  const text = find(key);
  if (typeof text !== "string") return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A word of the API in this language; one we do not know stays itself. */
export function word(group, value) {
  const text = find(`${group}.${value}`);
  return typeof text === "string" ? text : String(value ?? "");
}

export function plural(key, n) {
  const forms = find(`plural.${key}`);
  return (forms[plurals.select(n)] ?? forms.other).replace("{n}", number(n));
}

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const clock = new Intl.DateTimeFormat(locale, { hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minute = new Intl.DateTimeFormat(locale, { hourCycle: "h23", hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(locale, { hourCycle: "h23", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(locale, { hourCycle: "h23", dateStyle: "full", timeStyle: "long" });

export const number = (value) => whole.format(value);
export const kilowatts = (power_w) => (power_w == null ? "–" : tenth.format(power_w / 1000));
export const kilowattHours = (energy_wh) => (energy_wh == null ? "–" : exact.format(energy_wh / 1000));
export const milliseconds = (ms) => ms < 0.1 ? `< ${tenth.format(0.1)}\u00a0ms` : `${ms < 100 ? tenth.format(ms) : whole.format(ms)}\u00a0ms`;

export const timeOfDay = (iso) => clock.format(new Date(iso));
export const fullTime = (iso) => full.format(new Date(iso));

/** Today as hours and minutes, before that with the day. */
export function when(iso) {
  const then = new Date(iso);
  return then.toDateString() === new Date().toDateString() ? minute.format(then) : day.format(then);
}

export function duration(from, to = Date.now()) {
  const seconds = Math.max(0, Math.floor((to - new Date(from)) / 1000));
  const two = (value) => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
