/** Progress of a command as data. `stack/report` shows it on a terminal, as lines or as JSON. */

/** Steps may overlap; `id` ties the events of one step together ("image:postgres"). */
export type Progress =
  | { readonly kind: "step-started"; readonly id: string; readonly title: string; readonly because?: string }
  /** `share`: how much of its time the step has had, from 0 to 1; shown as a bar on a terminal. */
  | { readonly kind: "step-progress"; readonly id: string; readonly detail: string; readonly share?: number }
  | { readonly kind: "step-done"; readonly id: string; readonly detail?: string }
  | { readonly kind: "step-failed"; readonly id: string; readonly reason: string }
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "warning"; readonly text: string };

export type Report = (event: Progress) => void;
