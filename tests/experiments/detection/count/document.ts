/** The result of `bench:detection` as a document. Pure. */
import { COMPANIES, type CompanyName } from "../company/company.ts";
import type { Detection } from "../experiment.ts";
import { isSample, kindOf, type Sample } from "../samples.ts";
import { kindName } from "../plan.ts";
import { barClaims, companyClaims, harmedClaims, quietClaims, spreadClaims } from "./claims.ts";
import { cleanRow } from "./clean.ts";
import { groupsBy } from "./groups.ts";
import { harmedRow } from "./harmed.ts";
import { spreads } from "./spread.ts";

/** Loss that counts as none if nothing was measured that would tell: the profiles' default. */
const USUAL_MARGIN = 0.1;

/** `ok`: no claim fails. */
export function detectionDocument({ lines, conditions }: Detection) {
  const samples = lines.filter(isSample);
  const bar = lines.findLast((line) => !isSample(line));
  const quietRuns = samples.filter(({ group }) => group === "quiet");
  const cleanBeside = (company: CompanyName) =>
    samples.filter((sample) => sample.group === "company" && sample.company === company);
  const quiet = quietRuns.length === 0 ? undefined : cleanRow(quietRuns);
  const company = COMPANIES.flatMap((name) => {
    const runs = cleanBeside(name);
    return runs.length === 0 ? [] : [{ company: name, ...cleanRow(runs) }];
  });
  const faults = faultsOf(samples, conditions?.margin ?? USUAL_MARGIN);
  const spread = { alone: spreads(cleanBeside("none")), together: spreads(COMPANIES.flatMap(cleanBeside)) };
  const claims = [
    ...(quiet ? quietClaims(quiet, conditions?.untilDecidedS) : []),
    ...company.flatMap(({ company: name, ...row }) => companyClaims(name, row)),
    ...faults.flatMap(harmedClaims),
    ...(company.length > 0 ? spreadClaims(spread.alone, company.length > 1 ? spread.together : []) : []),
    ...(bar ? barClaims(bar) : []),
  ];
  return {
    ok: claims.every(({ holds }) => holds !== false),
    command: "bench:detection",
    conditions,
    quiet,
    company,
    faults,
    spread,
    bar,
    claims,
    samples,
  };
}

export type DetectionDocument = ReturnType<typeof detectionDocument>;

function faultsOf(samples: readonly Sample[], margin: number) {
  const harmed = samples.filter(({ group }) => group === "faults");
  const cells = groupsBy(harmed, (sample) => {
    const kind = kindOf(sample);
    return kind === undefined ? "" : kindName(kind);
  });
  return cells.flatMap((runs) => {
    const [{ company } = { company: "none" as const }] = runs;
    return harmedRow(runs, cleanRuns(samples, company), margin) ?? [];
  });
}

/** Quiet runs and the baseline's are clean runs beside nothing, too. */
function cleanRuns(samples: readonly Sample[], company: CompanyName): readonly Sample[] {
  return samples.filter((sample) => sample.group !== "faults" && sample.company === company);
}
