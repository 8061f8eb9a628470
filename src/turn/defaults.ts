/** Every number of turn-taking, each with its reason. */

export const TURN_DEFAULTS = {
  /** Silence after a finished phrase before the turn ends: short pauses inside speech are mostly under 200 ms. */
  gateFinishedMs: 200,
  /**
   * Silence after an unfinished phrase. Thinking pauses reach 900 ms, and a detector confirms resumed speech up to
   * 180 ms after its first sound; the rest is margin.
   */
  gateUnfinishedMs: 1_400,
  /** A sound younger than this may still be confirmed as speech, so the gate waits for it. */
  onsetGraceMs: 200,
  /** From commit to the final transcript; a recogniser that needs longer has failed. */
  finalDueMs: 1_000,
  /** The two-second rule: an answer that is not audible this long after the end of turn is replaced by a notice. */
  answerDueMs: 2_000,
  /** No answer plays longer: 60 words take about 25 s. */
  answerMaxMs: 45_000,
  /** A notice is a few words; one that has not ended by then is given up. */
  noticeMaxMs: 8_000,
  /** A turn that waits for the floor longer has lost its moment. */
  floorWaitMs: 20_000,
  /** The addressee talks this long over the answer: it stops. */
  bargeInMs: 400,
  /** Live proxy of a false cut-off: the speaker goes on within this time of the first audible frame. */
  cutoffProxyMs: 1_000,
  /** Confirmed speech without a word recognised: answered as unclear from this length on, else ignored as noise. */
  unclearMinMs: 350,
} as const;

export type TurnOptions = { readonly [K in keyof typeof TURN_DEFAULTS]: number };
