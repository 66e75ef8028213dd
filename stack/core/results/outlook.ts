/** What measuring beyond the time budget would bring. */
export interface Outlook {
  readonly scenarios: number;
  readonly undecided: number;
  /** Of the undecided scenarios, those that more blocks would probably decide. */
  readonly decidable: number;
  /** Seconds until these are probably decided. */
  readonly expectedS: number;
}
