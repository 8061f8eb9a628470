/** What the agent writes in a voice channel's chat of its own accord. */
import { inWords, type ParleyError } from './base/errors.ts';
import type { Hindrance } from './discord/channel-life.ts';
import type { StageEntry } from './discord/stage.ts';
import type { Providers } from './providers/providers.ts';

const TIMES_KEPT =
  'With your ID I keep the timings of each turn, and how long you pause when you talk, for the next time.';
const WRITTEN = 'Until then I write my answers here.';

/** What everybody in the channel must know before speaking. */
export function joinNotice({ stt, llm, tts }: Providers, { keepsWords }: { keepsWords: boolean }): string {
  const parts = [`speech to text: ${stt.place}`, `answers: ${llm.place}`, `voice: ${tts.place}`];
  const kept = keepsWords
    ? 'what was said is kept in a log by the person who runs me'
    : 'what was said is forgotten when I leave';
  return [
    '**I am listening now.** I hear everyone in this voice channel who has not opted out, and answer by voice.',
    `Where it goes: ${parts.join('; ')}. Audio is not stored, and ${kept}. ${TIMES_KEPT}`,
    'You do not want to be heard? `/privacy opt-out` applies at once. `/leave` sends me away.',
  ].join('\n');
}

export const HINDRANCE_TEXTS: Record<Hindrance, string> = {
  muted: `I was muted by a moderator: nobody hears my voice until that is taken back. ${WRITTEN}`,
  deafened: 'I was deafened by a moderator: I hear nobody until that is taken back.',
  suppressed: `I may not speak in this channel any more: give me the permission Speak. ${WRITTEN}`,
};

/** On arrival; who was invited needs no text, as it speaks. */
export const STAGE_TEXTS: Record<Exclude<StageEntry, 'invited'>, string> = {
  asked: `I sit in the audience of this stage and have asked to speak: a moderator has to invite me. ${WRITTEN}`,
  silent: `I sit in the audience of this stage: a moderator has to invite me to speak. ${WRITTEN}`,
};

export const TO_AUDIENCE = `I was moved to the audience: a moderator has to invite me to speak again. ${WRITTEN}`;

export const spentNotice = (capUsd: number | null): string =>
  `This server has used up today's budget for paid speech services (${capUsd} USD). I leave now; /join works again after 00:00 UTC, or once the person who runs me raises DAILY_CAP_USD.`;

export const CONNECT_LOST =
  'I may not connect to this channel any more. I stay as long as my connection lasts; give me the permission Connect, so that I can come back.';

export const DISCONNECTED = 'A moderator disconnected me. /join calls me back.';

export const movedAway = (toChannelId: string): string =>
  `A moderator moved me to <#${toChannelId}>, so I left. /join calls me back.`;

/** The vendor no longer speaks with the voice that was chosen in this server. */
export const voiceRefused = (name: string, error: ParleyError): string =>
  `I cannot speak as ${name} any more, and go on with my usual voice. ${inWords(error)} Then choose it again with \`/voice set\`, or stay with the usual one with \`/voice reset\`.`;
