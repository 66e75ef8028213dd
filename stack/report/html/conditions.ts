/** The section on the figures' conditions: machine, calibration, versions, settings, method. */
import { firstRun, type RecordedBaseline } from "../../core/results/baseline.ts";
import type { Calibration } from "../../core/results/calibration.ts";
import type { SmokeRun } from "../../core/results/measurement.ts";
import { figureAmount, MACHINE_FIGURES } from "../../core/results/figures.ts";
import { durationText, rate, warmedText, whenText } from "../text/figures.ts";
import { percentOf } from "../../core/units.ts";
import { markup, type Markup } from "../markup.ts";
import { htmlTable } from "./table.ts";

const NONE = "\u2013";

export function conditionsSection(run: SmokeRun, baseline: RecordedBaseline | undefined): Markup {
  const before = baseline && firstRun(baseline);
  return markup`<section aria-labelledby="conditions"><h2 id="conditions">Conditions</h2>
<div class="columns"><div><h3>Machine</h3>${facts(machineOf(run))}</div><div><h3>Run</h3>${facts(runFacts(run))}</div></div>
<h3>Calibration of the machine during the run</h3>${calibration(run.calibration, before?.calibration)}
<h3>Services</h3>${services(run, before)}</section>`;
}

type Fact = readonly [name: string, value: string];

function facts(list: readonly Fact[]): Markup {
  return markup`<dl class="facts">${list.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function machineOf({ fingerprint }: SmokeRun): readonly Fact[] {
  const { cpuModel, cpus, memoryMib, architecture, runtime, engineVersion, storageDriver, kernel } = fingerprint;
  return [
    ["processor", cpuModel],
    ["cpus, memory", `${cpus}, ${memoryMib.toLocaleString("en-US")} MiB`],
    ["architecture", architecture],
    ["runtime", `${runtime}, engine ${engineVersion}`],
    ["storage driver", storageDriver],
    ["kernel", kernel],
  ];
}

function runFacts({ startedAt, profile, elapsedS, budgetS, margin, plan, fingerprint }: SmokeRun): readonly Fact[] {
  return [
    ["started", whenText(startedAt)],
    ["profile", profile],
    ["time", `${elapsedS} s of ${budgetS} s`],
    ["margin", percentOf(margin)],
    ["blocks", `warm-up ${plan.warmupMs} ms, window ${plan.windowMs} ms, looks after ${plan.looks.join(", ")}`],
    ...(plan.warmedMs ? [["load before anything counted", warmedText(plan.warmedMs)] as const] : []),
    ["method", `${fingerprint.method}, from the ${fingerprint.vantage}`],
    ["Plumbline", fingerprint.toolVersion],
  ];
}

function calibration(now: Calibration | undefined, before: Calibration | undefined): Markup {
  if (now === undefined) return markup`<p class="remark">The machine was not calibrated.</p>`;
  const row = (name: string, read: (from: Calibration) => number | undefined, text: (value: number) => string) => {
    const [here, there] = [read(now), before && read(before)];
    const ratio = here === undefined || there === undefined ? NONE : `${(here / there).toFixed(2)} ×`;
    const values = [here, there].map((value) => (value === undefined ? NONE : text(value)));
    return before ? [name, ...values, ratio] : [name, values[0] ?? NONE];
  };
  const head = before ? ["measure", "this run", "baseline", "ratio"] : ["measure", "this run"];
  const rows = [
    row("arithmetic on one thread", ({ cpuMs }) => cpuMs, durationText),
    row("round trip over loopback", ({ loopbackRttMs }) => loopbackRttMs, durationText),
    ...machineFigures().map(([name, { title, unit }]) =>
      row(
        title,
        (from) => figureOf(from, name),
        (value) => figureAmount(value, unit),
      ),
    ),
    ...Object.keys(now.publishedRttMs ?? {}).map((service) =>
      row(`${MACHINE_FIGURES.publishedRttMs.title} ${service}`, (from) => from.publishedRttMs?.[service], durationText),
    ),
    row(
      "ceiling of the load loop",
      ({ loaderCeiling }) => loaderCeiling,
      (value) => `${rate(value)} ops/s`,
    ),
  ];
  return markup`${htmlTable("Calibration", head, rows)}${now.notes.map((note) => markup`<p class="remark">${note}</p>`)}`;
}

/** Returns the machine's figures that are single numbers; round trips to services have their own lines. */
function machineFigures() {
  return Object.entries(MACHINE_FIGURES).filter(([name]) => name !== "publishedRttMs");
}

function figureOf(calibration: Calibration, name: string): number | undefined {
  const value = Object.entries(calibration).find(([key]) => key === name)?.[1];
  return typeof value === "number" ? value : undefined;
}

/** Marks differences from the baseline, which a reader wants to see first when figures changed. */
function services({ fingerprint }: SmokeRun, before: SmokeRun | undefined): Markup {
  const names = [...new Set([...Object.keys(fingerprint.images), ...Object.keys(fingerprint.settings)])];
  const rows = names.map((name) => {
    const other = before?.fingerprint;
    return [
      name,
      marked(fingerprint.images[name], other?.images[name]),
      marked(fingerprint.settings[name], other?.settings[name]),
      marked(listed(fingerprint.durability[name]), listed(other?.durability[name])),
    ];
  });
  return htmlTable("Services", ["service", "image", "settings", "durability"], rows);
}

function marked(now: string | undefined, before: string | undefined): Markup {
  if (now === undefined) return markup`${NONE}`;
  if (before === undefined || before === now) return markup`${now}`;
  return markup`${now} <span class="differs">was ${before}</span>`;
}

function listed(values: Readonly<Record<string, string>> | undefined): string | undefined {
  return (
    values &&
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}`)
      .join(", ")
  );
}
