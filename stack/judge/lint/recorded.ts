/** The scenarios of a recorded baseline, each with its place and the calibration of its machine. */
import type { RecordedBaseline } from "../../core/results/baseline.ts";
import type { MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";

export interface RecordedScenario {
  /** "store/insert, run 2". */
  readonly place: string;
  readonly scenario: MeasuredScenario;
  readonly run: SmokeRun;
}

export function recordedScenarios({ runs }: RecordedBaseline): readonly RecordedScenario[] {
  return runs.flatMap((run, index) =>
    run.scenarios.flatMap((scenario) => {
      const place = runs.length === 1 ? scenario.name : `${scenario.name}, run ${index + 1}`;
      return scenario.status === "measured" ? [{ place, scenario, run }] : [];
    }),
  );
}
