/** The few sentences that must be sayable when a vendor is not: synthesised at join, kept as PCM. */
import { rmsDbfs, VOICED_DBFS } from '../audio/energy.ts';
import { concatPcm } from '../audio/pcm.ts';
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { ParleyError, toParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { TtsConnection } from '../providers/tts/tts.ts';
import type { NoticeKind } from '../turn/types.ts';

export const NOTICE_TEXTS: Record<NoticeKind, string> = {
  tooSlow: 'Sorry, that is taking me too long. Please ask me again.',
  failed: 'Sorry, something went wrong on my side. Please try again.',
};

/** Written: the voice is busy with somebody else. */
export const neverAnswered = (name: string): string =>
  `Sorry, ${name}, I did not get round to answering you. Please ask me again.`;

/** Written once: music, or a television. */
export const neverPausing = (name: string): string =>
  `${name}, I hear you without a pause for two minutes, and cannot tell what is meant for me. If that is music or a ` +
  'television, please mute it, or turn on noise suppression in Discord.';

const RENDER_DEADLINE_MS = 5_000;

export interface Notices {
  readonly sampleRate: number;
  /** Null when it could not be synthesised: it is then written instead of spoken. */
  pcm(kind: NoticeKind): Int16Array | null;
}

export interface RenderedNotices extends Notices {
  /** What keeps the voice from speaking until somebody puts it right; null when nothing is known to. */
  readonly failure: ParleyError | null;
}

/** Never rejects: a notice that cannot be synthesised is logged, with its remedy. */
export async function renderNotices(tts: TtsConnection, clock: Clock, log: Log): Promise<RenderedNotices> {
  let lasting: ParleyError | null = null;
  const rendered = new Map<NoticeKind, Int16Array>();
  const prepare = async (kind: NoticeKind) => {
    try {
      rendered.set(kind, await render(tts, clock, kind));
    } catch (error) {
      const failure = toParleyError(error, {
        code: 'NOTICE_FAILED',
        remedy: 'Check the voice provider; until it works, notices are written in the chat.',
      });
      const { message, remedy, retryable } = failure;
      if (!retryable) lasting ??= failure;
      log.warn({ kind, cause: message, remedy }, 'spoken notice could not be prepared');
    }
  };
  // All at once: somebody waits for the answer to /join.
  await Promise.all((Object.keys(NOTICE_TEXTS) as NoticeKind[]).map(prepare));
  return { sampleRate: tts.sampleRate, pcm: (kind) => rendered.get(kind) ?? null, failure: lasting };
}

async function render(tts: TtsConnection, clock: Clock, kind: NoticeKind): Promise<Int16Array> {
  const reply = tts.reply(`notice-${kind}`);
  const what = 'synthesising a spoken notice';
  const remedy = 'Check the voice provider.';
  try {
    return await withDeadline({ clock, afterMs: RENDER_DEADLINE_MS, what, remedy }, async () => {
      reply.speak(NOTICE_TEXTS[kind]);
      reply.end();
      const parts: Int16Array[] = [];
      for await (const chunk of reply.audio) parts.push(chunk.pcm);
      const pcm = concatPcm(parts);
      if (rmsDbfs(pcm) < VOICED_DBFS)
        throw new ParleyError('The voice made no sound', { code: 'TTS_SILENT', remedy });
      return pcm;
    });
  } catch (error) {
    reply.cancel();
    throw error;
  }
}
