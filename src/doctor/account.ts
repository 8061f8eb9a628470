/** The ElevenLabs account, where it speaks: what is left of its quota, and the voices to choose from. */
import { toParleyError } from '../base/errors.ts';
import type { ProviderChoice } from '../providers/choice.ts';
import { accountOf } from '../providers/tts/elevenlabs-account.ts';
import type { ExamineOptions } from './options.ts';
import type { Finding, Report } from './report.ts';

/** Less than this of the quota left is worth a word. */
const LITTLE = 0.1;

export async function examineAccount(
  { tts }: ProviderChoice,
  { clock, log, progress }: ExamineOptions,
): Promise<{ findings: Finding[]; voices: Report['voices'] }> {
  const account = accountOf(tts, { clock, log });
  if (!account) return { findings: [], voices: [] };
  progress('asking for the voices and the quota of ElevenLabs');
  const { signal } = new AbortController();
  try {
    const voices = await account.voices('', signal);
    const { tier, used, limit, mayExceed } = await account.quota(signal);
    const found = `plan "${tier}": ${used} of ${limit} characters used`;
    const little = !mayExceed && limit - used < limit * LITTLE;
    const remedy = little ? 'Upgrade the plan, or turn on usage-based billing, before it runs out.' : null;
    const quota: Finding = { what: 'ElevenLabs quota', state: little ? 'warns' : 'ok', found, remedy };
    return { findings: [quota], voices: voices.map(({ id, name }) => ({ id, name })) };
  } catch (error) {
    const { message, remedy } = toParleyError(error, {
      code: 'DOCTOR_ACCOUNT',
      remedy: 'Let the key read voices and the user; the agent itself does not need that.',
    });
    const finding: Finding = { what: 'ElevenLabs quota', state: 'warns', found: message, remedy };
    return { findings: [finding], voices: [] };
  } finally {
    await account.close();
  }
}
