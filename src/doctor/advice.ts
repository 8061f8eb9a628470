/** What would make the agent answer sooner, from what was measured here. */
import type { ProviderChoice } from '../providers/choice.ts';
import type { Finding } from './report.ts';

/** A published median of the fastest: more than three times that is worth changing. */
const SLOW_TOKEN_MS = 350;
const SLOW_VOICE_MS = 300;

export function adviceFor(findings: readonly Finding[], { stt, llm, tts }: ProviderChoice): string[] {
  const advice: string[] = [];
  const warmMs = (what: string) => findings.find((finding) => finding.what === what)?.warmMs ?? 0;
  const tokenMs = Math.round(warmMs('Answers'));
  if (tokenMs > SLOW_TOKEN_MS && llm.provider !== 'groq') {
    advice.push(
      `The first token took ${tokenMs} ms: half a second is out of reach unless it comes sooner. LLM=groq is the fastest by published figures.`,
    );
  }
  const voiceMs = Math.round(warmMs('Voice'));
  if (voiceMs > SLOW_VOICE_MS) {
    advice.push(`The voice took ${voiceMs} ms to its first sound: try a region nearer to this machine.`);
  }
  const embedded = [stt, llm, tts].filter(({ provider }) => provider === 'embedded').length;
  if (embedded === 3) advice.push('Everything is embedded: it understands a set of phrases only. Set a key.');
  else if (stt.provider === 'embedded') {
    advice.push(
      'Speech to text is embedded: it understands a set of phrases only. Set ELEVENLABS_API_KEY or DEEPGRAM_API_KEY.',
    );
  } else if (llm.provider === 'embedded') {
    advice.push('Answers are embedded: it knows about 80 subjects only. Set the key of a language model.');
  }
  return advice;
}
