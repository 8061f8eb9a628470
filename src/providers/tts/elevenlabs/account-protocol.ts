/** What the account's worker is asked, and what it answers. */

export interface AccountVoice {
  id: string;
  name: string;
  /** "premade", "cloned", "professional"; absent when it was not told. */
  category?: string;
  /** As the vendor labels it: accent, gender, age, use case. */
  labels: Readonly<Record<string, string>>;
}

export interface AccountModel {
  id: string;
  name: string;
}

export interface AccountQuota {
  /** "free", "creator". */
  tier: string;
  /** Characters of this billing period. */
  used: number;
  limit: number;
  /** More may be used than the limit, at a price. */
  mayExceed: boolean;
  /** Unix time in ms; absent when it was not told. */
  resetsAtMs?: number;
}

export interface AccountWorkerData {
  apiKey: string;
  baseUrl: string;
  timeoutS: number;
}

export type AccountQuestion = { ask: 'voices'; search: string } | { ask: 'models' } | { ask: 'quota' };

export type AccountAnswers = {
  voices: readonly AccountVoice[];
  models: readonly AccountModel[];
  quota: AccountQuota;
};

/** `status`: of the vendor's answer; absent when none came. `text`: what the vendor wrote. */
export interface Refusal {
  status?: number;
  text: string;
}
