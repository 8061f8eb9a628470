/** The thread that loads ElevenLabs' own package, which takes seconds and 110 MB, and asks it about the account. */
import { workerData } from 'node:worker_threads';
import { ElevenLabsClient, ElevenLabsError } from '@elevenlabs/elevenlabs-js';
import { goAfterAudio } from '../../../base/thread-priority.ts';
import { answerQuestions } from '../../../base/worker-answers.ts';
import type { AccountAnswers, AccountQuestion, AccountWorkerData, Refusal } from './account-protocol.ts';

/** What Discord shows at most of the choices of an option. */
const MAX_VOICES = 25;
const VOICE_ID = /^[A-Za-z0-9]{20}$/;

goAfterAudio();
const { apiKey, baseUrl, timeoutS } = workerData as AccountWorkerData;
// Its own two retries wait for a second each: whoever asks has no time for that.
const client = new ElevenLabsClient({ apiKey, baseUrl, timeoutInSeconds: timeoutS, maxRetries: 0 });

async function answer(question: AccountQuestion): Promise<AccountAnswers[keyof AccountAnswers]> {
  if (question.ask === 'voices') return await voices(question.search);
  return question.ask === 'models' ? await models() : await quota();
}

async function voices(search: string): Promise<AccountAnswers['voices']> {
  const named = await client.voices.search({ ...(search && { search }), pageSize: MAX_VOICES });
  // The search looks at names and descriptions alone.
  const byId = named.voices.length === 0 && VOICE_ID.test(search);
  const found = byId ? await client.voices.search({ voiceIds: [search], pageSize: 1 }) : named;
  return found.voices.map(({ voiceId, name, category, labels }) => ({
    ...{ id: voiceId, name: name ?? voiceId, labels: { ...labels } },
    ...(category && { category }),
  }));
}

async function models(): Promise<AccountAnswers['models']> {
  const found = await client.models.list();
  return found
    .filter(({ canDoTextToSpeech }) => canDoTextToSpeech)
    .map(({ modelId, name }) => ({ id: modelId, name: name ?? modelId }));
}

async function quota(): Promise<AccountAnswers['quota']> {
  const { tier, characterCount, characterLimit, canExtendCharacterLimit, nextCharacterCountResetUnix } =
    await client.user.subscription.get();
  return {
    ...{ tier, used: characterCount, limit: characterLimit, mayExceed: canExtendCharacterLimit },
    ...(nextCharacterCountResetUnix && { resetsAtMs: nextCharacterCountResetUnix * 1000 }),
  };
}

function why(error: unknown): Refusal {
  const told = error instanceof ElevenLabsError ? error : null;
  const text = told?.body === undefined ? '' : JSON.stringify(told.body);
  return { text, ...(told?.statusCode && { status: told.statusCode }) };
}

answerQuestions(answer, why);
