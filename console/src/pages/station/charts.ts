// A session's readings as charts: one for each thing measured, none for what is not.

import type { Series } from "../../parts/Chart.svelte";
import { t } from "../../words/words.svelte.ts";
import type { Sample } from "./running.svelte.ts";

export type Drawn = {
  id: string;
  title: string;
  moments: number[];
  series: Series[];
  /** Its differences matter, not its distance from zero. */
  close?: boolean;
};

const PHASES = ["L1", "L2", "L3"] as const;
const PHASE_COLOURS = ["go", "wait", "hold"] as const;

/** `whole`: with what only a look back asks for. */
export function chartsOf(samples: Sample[], { whole = false } = {}): Drawn[] {
  return [
    offered(
      one("power", "kW", "go", samples, (it) => kilo(it.power_w)),
      samples.map((it) => kilo(it.offered_w)),
    ),
    offered(
      phases("current", "A", samples, (it) => it.current_a),
      samples.map((it) => it.offered_a ?? null),
    ),
    close(phases("voltage", "V", samples, (it) => it.voltage_v)),
    one("soc", "%", "ok", samples, (it) => it.soc ?? null),
    close(one("temperature", "°C", "bad", samples, (it) => it.temperature_c ?? null)),
    whole ? register(samples) : null,
  ].filter((it) => it !== null);
}

const close = (chart: Drawn | null): Drawn | null => chart && { ...chart, close: true };

/** The meter as it stood: where it stops, steps back or jumps is seen at once. */
function register(samples: Sample[]): Drawn | null {
  const chart = close(one("energy", "kWh", "brand", samples, (it) => kilo(it.energy_wh)));
  for (const series of chart?.series ?? []) series.digits = 3;
  return chart;
}

const kilo = (value: number | null | undefined) => (value == null ? null : value / 1000);

/** With what the station offered beside what was drawn, where it told both at once. */
function offered(chart: Drawn | null, values: (number | null)[]): Drawn | null {
  if (!chart || values.length !== chart.moments.length) return chart;
  if (values.every((it) => it === null)) return chart;
  const unit = chart.series[0]!.unit;
  const name = t("station.chart_offered");
  return {
    ...chart,
    series: [...chart.series, { name, unit, colour: "dim", stepped: true, values }],
  };
}

function one(
  id: string,
  unit: string,
  colour: Series["colour"],
  samples: Sample[],
  value: (it: Sample) => number | null,
): Drawn | null {
  const kept = samples.filter((it) => value(it) !== null);
  if (!kept.length) return null;
  const title = t(`station.chart_${id}`);
  const digits = unit === "%" ? 0 : 1;
  const fill = id === "power";
  const series = [{ name: title, unit, colour, fill, digits, values: kept.map(value) }];
  return { id, title, moments: moments(kept), series };
}

function phases(
  id: string,
  unit: string,
  samples: Sample[],
  values: (it: Sample) => (number | null)[] | null | undefined,
): Drawn | null {
  const kept = samples.filter((it) => values(it)?.some((one) => one !== null));
  if (!kept.length) return null;
  const series: Series[] = PHASES.map((name, index) => ({
    name,
    unit,
    colour: PHASE_COLOURS[index]!,
    values: kept.map((it) => values(it)?.[index] ?? null),
  })).filter((it) => it.values.some((value) => value !== null));
  // One phase, or direct current: there is nothing to tell apart.
  if (series.length === 1) series[0]!.name = t(`station.chart_${id}`);
  return { id, title: t(`station.chart_${id}`), moments: moments(kept), series };
}

/** Two readings of one second stay apart: a chart needs ascending moments. */
function moments(samples: Sample[]): number[] {
  let before = 0;
  return samples.map((it) => (before = Math.max(before + 1, Date.parse(it.at))));
}
