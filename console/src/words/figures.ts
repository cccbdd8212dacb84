// Numbers with their units and moments, as the chosen language writes them.

import { language, t } from "./words.svelte.ts";

export const NONE = "–";
const SPACE = "\u00a0"; // a figure and its unit stay on one line

const numbers = new Map<string, Intl.NumberFormat>();

export function number(value: number, digits = 0): string {
  const key = `${language()} ${digits}`;
  let format = numbers.get(key);
  if (!format) {
    format = new Intl.NumberFormat(language(), {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    numbers.set(key, format);
  }
  return format.format(value);
}

const figure = (value: number | null | undefined, digits: number, unit: string): string =>
  value == null ? NONE : `${number(value, digits)}${SPACE}${unit}`;

/** As it was given, no digit more or less: a setting, not a measurement. */
export const exactly = (value: number, unit = ""): string =>
  [value.toLocaleString(language(), { maximumFractionDigits: 3 }), unit]
    .filter(Boolean)
    .join(SPACE);

/** From Wh. */
export const kilowattHours = (wh: number | null | undefined): string =>
  figure(wh == null ? wh : wh / 1000, wh != null && Math.abs(wh) >= 1e6 ? 0 : 2, "kWh");
/** From W. */
export const kilowatts = (w: number | null | undefined): string =>
  figure(w == null ? w : w / 1000, 1, "kW");
export const percent = (value: number | null | undefined): string => figure(value, 0, "%");
export const volts = (value: number | null | undefined): string => figure(value, 0, "V");
export const amperes = (value: number | null | undefined): string => figure(value, 1, "A");
export const degrees = (value: number | null | undefined): string => figure(value, 0, "°C");
export const milliseconds = (value: number | null | undefined): string =>
  value != null && value >= 1000
    ? figure(value / 1000, 1, "s")
    : figure(value, value != null && value < 10 ? 1 : 0, "ms");

/** "1 h 05 min", "12 min", "8 s". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours >= 48)
    return `${Math.floor(hours / 24)}${SPACE}${t("unit.day")} ${hours % 24}${SPACE}h`;
  if (hours) return `${hours}${SPACE}h ${String(minutes).padStart(2, "0")}${SPACE}min`;
  return minutes ? `${minutes}${SPACE}min` : `${whole}${SPACE}s`;
}

const moments = new Map<string, Intl.DateTimeFormat>();

function moment(at: Date, shape: Intl.DateTimeFormatOptions, zone?: string): string {
  const key = `${language()} ${zone ?? ""} ${JSON.stringify(shape)}`;
  let format = moments.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(language(), { ...shape, timeZone: zone, hourCycle: "h23" });
    moments.set(key, format);
  }
  return format.format(at);
}

const DATE: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };
const TIME: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };

export const date = (at: string | Date, zone?: string): string => moment(new Date(at), DATE, zone);
export const clock = (at: string | Date, zone?: string): string =>
  moment(new Date(at), { ...TIME, second: "2-digit" }, zone);

/** Today only the time, this year without the year: what a list has room for. */
export function when(at: string | Date, zone?: string): string {
  const [then, now] = [new Date(at), new Date()];
  if (date(then, zone) === date(now, zone))
    return moment(then, { ...TIME, second: "2-digit" }, zone);
  const near = Math.abs(now.getTime() - then.getTime()) < 300 * 86_400_000;
  return moment(
    then,
    near ? { day: "numeric", month: "short", ...TIME } : { ...DATE, ...TIME },
    zone,
  );
}

/** To the millisecond, for traces: today only the time, else with the day. */
export function precise(at: string | Date, zone?: string): string {
  const [then, now] = [new Date(at), new Date()];
  const day: Intl.DateTimeFormatOptions =
    date(then, zone) === date(now, zone) ? {} : { day: "numeric", month: "short" };
  return moment(then, { ...day, ...TIME, second: "2-digit", fractionalSecondDigits: 3 }, zone);
}

/** Everything, with the zone: for tooltips. */
export function fullMoment(at: string | Date, zone?: string): string {
  const shape = { ...DATE, ...TIME, second: "2-digit", timeZoneName: "short" } as const;
  return `${moment(new Date(at), shape, zone)} · ${new Date(at).toISOString().replace(/\.\d+/, "")}`;
}

const SPANS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "3 minutes ago" */
export function ago(at: string | Date, now: number = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  const relative = new Intl.RelativeTimeFormat(language(), { numeric: "auto", style: "short" });
  for (const [unit, span] of SPANS) {
    if (Math.abs(seconds) >= span) return relative.format(Math.round(seconds / span), unit);
  }
  return relative.format(Math.round(seconds), "second");
}
