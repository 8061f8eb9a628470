/** The latency budget that the product is held to, in ms: the whole, and the published share of each stage. */

export const RESPONSE_BUDGET_MS = 500;

/** Whether a figure keeps to its budget, judged by the whole ms that people read: 500.4 keeps to 500. */
export const keepsTo = (budgetMs: number, ms: number): boolean => Math.round(ms) <= budgetMs;

/** From the least to the most that a stage may take. */
export const STAGE_BUDGETS_MS = {
  speechToText: [50, 150],
  languageModel: [150, 300],
  textToSpeech: [100, 200],
  network: [20, 100],
} as const satisfies Record<string, readonly [number, number]>;
