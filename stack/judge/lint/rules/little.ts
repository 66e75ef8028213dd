/** Little's law: in a closed loop, throughput × mean latency is the number of clients. Source: Little, 1961, L = λW. */
import type { MeasuredScenario } from "../../../core/results/measurement.ts";
import type { ReferenceRow } from "../../../core/results/reference.ts";
import { checkLittle, LITTLE_TOLERANCE } from "../../stats/little.ts";
import { placeOf, toolOf, type Source } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";
import { overlaps, product, scaled, type Interval } from "./interval.ts";
import type { RecordedScenario } from "../recorded.ts";
import { show, showInterval, statedNumber } from "./stated.ts";

/** Clients of a tool pause between two requests, so the product may be this much smaller. */
const CLIENT_SHARE = 0.6;

/** Checks tables whose number of clients is stated or is a tool's default; one finding per table. */
export function littleInRows(source: Source): readonly Finding[] {
  return source.document.tables.flatMap(({ id }) => {
    const broken = source.document.rows.filter(({ table }) => table === id).flatMap((row) => checkRow(source, row));
    const [first] = broken;
    return first === undefined ? [] : [found(source, first, broken)];
  });
}

/**
 * Checks a recorded scenario's blocks. Some blocks may break the law because the machine paused; half of them may not.
 */
export function littleInBlocks({ place, scenario }: RecordedScenario): readonly Finding[] {
  const broken = scenario.blocks.filter(
    (block) => !checkLittle(scenario.clients, block.throughput, block.meanMs).holds,
  );
  if (2 * broken.length <= scenario.blocks.length) return [];
  const says = `throughput × mean latency is not ${scenario.clients} in ${broken.length} of ${scenario.blocks.length} blocks`;
  const arithmetic = broken.map((block) => blockProduct(scenario, block));
  return [{ rule: "little's law", severity: "impossible", place, lines: [], says, arithmetic }];
}

interface Clients {
  readonly count: number;
  /** How far below the number of clients the product may be, as a fraction. */
  readonly slack: number;
  readonly because: string;
}

function clientsOf(source: Source, row: ReferenceRow): Clients | undefined {
  const table = source.document.tables.find(({ id }) => id === row.table);
  const stated = row.clients ?? table?.clients;
  if (stated !== undefined) return { count: stated, slack: LITTLE_TOLERANCE, because: "as the document states" };
  // Nobody keeps a default of one client in a load test; a larger default is a choice of the tool's authors.
  const tool = toolOf(source, table?.tool);
  if (tool === undefined || tool.defaultClients === 1) return undefined;
  return {
    count: tool.defaultClients,
    slack: CLIENT_SHARE,
    because: `the default of ${tool.name}, and the document names no other number`,
  };
}

interface Broken {
  readonly row: ReferenceRow;
  readonly busy: Interval;
  readonly clients: Clients;
}

function checkRow(source: Source, row: ReferenceRow): readonly Broken[] {
  const { throughput, meanMs } = row;
  const clients = clientsOf(source, row);
  if (throughput === undefined || meanMs === undefined || clients === undefined) return [];
  const busy = scaled(product(statedNumber(throughput), statedNumber(meanMs)), 1 / 1000);
  const allowed = { low: clients.count * (1 - clients.slack), high: clients.count * (1 + LITTLE_TOLERANCE) };
  return overlaps(busy, allowed) ? [] : [{ row, busy, clients }];
}

function found(source: Source, { row, clients }: Broken, broken: readonly Broken[]): Finding {
  const names = broken.map((one) => one.row.operation).join(", ");
  return {
    rule: "little's law",
    severity: clients.slack > LITTLE_TOLERANCE ? "suspicious" : "impossible",
    place: placeOf(source, row.table),
    lines: broken.map((one) => one.row.line),
    says: `throughput × mean latency is not ${clients.count} clients for ${names}`,
    arithmetic: [...broken.map(productText), `${clients.count} clients: ${clients.because}`],
  };
}

function productText({ row, busy }: Broken): string {
  const { operation, throughput = 0, meanMs = 0 } = row;
  const exact = show((throughput * meanMs) / 1000);
  return `${operation}: ${show(throughput)} /s × ${show(meanMs)} ms = ${exact} (${showInterval(busy)} with the rounding)`;
}

function blockProduct({ blocks }: MeasuredScenario, block: MeasuredScenario["blocks"][number]): string {
  const { throughput, meanMs } = block;
  const number = blocks.indexOf(block) + 1;
  return `block ${number}: ${show(throughput)} /s × ${show(meanMs)} ms = ${show((throughput * meanMs) / 1000)}`;
}
