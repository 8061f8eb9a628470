/** What the doctor found, and how it is shown. */
import { toParleyError } from '../base/errors.ts';

export interface Finding {
  what: string;
  /** `fails`: the agent cannot run like this. `warns`: it can, but not as well as it could. */
  state: 'ok' | 'warns' | 'fails';
  found: string;
  /** What to do about it; null when there is nothing to do. */
  remedy: string | null;
  /** Measured, in ms. */
  coldMs?: number;
  warmMs?: number;
}

export interface Report {
  canRun: boolean;
  findings: readonly Finding[];
  advice: readonly string[];
  /** Voices to choose from; empty where the vendor has no list. */
  voices: readonly { id: string; name: string }[];
}

export function failed(what: string, error: unknown): Finding {
  const { message, remedy } = toParleyError(error, {
    code: 'DOCTOR',
    remedy: 'Run it again; if it stays, report it with this message.',
  });
  return { what, state: 'fails', found: message, remedy };
}

const SIGNS = { ok: 'ok', warns: 'WARN', fails: 'FAIL' } as const;
const SIGN_WIDTH = 6;
const MS_WIDTH = 9;

/** Lines for a terminal. */
export function renderReport({ canRun, findings, advice, voices }: Report): string {
  const width = Math.max(...findings.map(({ what }) => what.length)) + 2;
  const row = (sign: string, what: string, cold: string, warm: string, found: string) =>
    `${sign.padEnd(SIGN_WIDTH)}${what.padEnd(width)}${cold.padStart(MS_WIDTH)}${warm.padStart(MS_WIDTH)}  ${found}`;
  const lines = [row('', '', 'cold', 'warm', '')];
  for (const { state, what, coldMs, warmMs, found, remedy } of findings) {
    lines.push(row(SIGNS[state], what, ms(coldMs), ms(warmMs), found).trimEnd());
    if (remedy !== null) lines.push(`${' '.repeat(SIGN_WIDTH)}-> ${remedy}`);
  }
  const verdict = canRun ? 'The agent can run.' : 'The agent cannot run like this: see FAIL above.';
  return [
    ...lines,
    ...(voices.length > 0 ? ['', 'Voices for ELEVENLABS_VOICE_ID:'] : []),
    ...voices.map(({ id, name }) => `  ${id}  ${name}`),
    ...(advice.length > 0 ? ['', 'Advice:', ...advice.map((one) => `  - ${one}`)] : []),
    ...['', verdict],
  ].join('\n');
}

const ms = (value: number | undefined): string => (value === undefined ? '' : `${Math.round(value)} ms`);
