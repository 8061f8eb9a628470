/** One session of Scribe v2 realtime: audio in as JSON, transcripts out; segments end when we say so. */
import { concatPcm, pcmToBytes, SAMPLE_RATE, samplesToMs } from '../../../audio/pcm.ts';
import type { StreamSession } from '../streaming/session.ts';
import { SessionLife, type SessionOptions } from '../streaming/session-life.ts';
import { parsedObject, textOf } from '../streaming/vendor-words.ts';
import { withoutCutMarks } from './cut-marks.ts';
import { closedFailure, failureOf, isNoSpeech, refusedFailure, stuckFailure } from './failures.ts';
import { type ScribeSettings, scribeUrl } from './url.ts';

type ScribeSessionOptions = SessionOptions & ScribeSettings;

/** In one message: frames as they come, as the partials of what waits here would come late. */
const MESSAGE_MS = 20;
/** It closes a session that gets no audio for 15 s. */
const KEEP_ALIVE_AFTER_MS = 10_000;
const KEEP_ALIVE_EVERY_MS = 5_000;
/** It refuses to commit less than 300 ms. */
const LEAST_MS = 320;
const MAX_BUFFERED_BYTES = 3_000_000;

/** Resolves once the vendor is ready for audio. Rejects with a ParleyError, or the signal's reason. */
export async function openScribeSession(options: ScribeSessionOptions): Promise<StreamSession> {
  return await new ScribeSession(options).open();
}

class ScribeSession {
  readonly #options: ScribeSessionOptions;
  readonly #life: SessionLife;
  /** Commits without an answer. */
  #asked = 0;
  /** Audio since the last commit. */
  #sentMs = 0;
  /** The answer whose twin, the other message about the same commit, may still come. */
  #untwinned: { type: string; text: string } | null = null;

  constructor(options: ScribeSessionOptions) {
    this.#options = options;
    const { apiKey, model } = options;
    this.#life = new SessionLife(options, {
      ...{ vendor: 'ElevenLabs Scribe', statusPage: 'status.elevenlabs.io' },
      ...{ url: () => scribeUrl(options), headers: { 'xi-api-key': apiKey } },
      ...{ messageMs: MESSAGE_MS, keepAliveAfterMs: KEEP_ALIVE_AFTER_MS },
      ...{ keepAliveEveryMs: KEEP_ALIVE_EVERY_MS, maxBufferedBytes: MAX_BUFFERED_BYTES },
      refused: (refusal) => refusedFailure(refusal, model),
      closed: (closed) => closedFailure(closed, apiKey),
      stuck: stuckFailure,
      send: (pcm) => this.#send(pcm, false),
      onText: (text) => this.#onText(text),
    });
  }

  async open(): Promise<StreamSession> {
    return await this.#life.open(this);
  }

  write(pcm: Int16Array): void {
    this.#life.line.write(pcm);
  }

  end(): void {
    const rest = this.#life.line.take();
    const missingMs = LEAST_MS - this.#sentMs - samplesToMs(rest.length);
    const silence = new Int16Array(Math.max(0, Math.ceil((missingMs * SAMPLE_RATE) / 1000)));
    this.#asked += 1;
    this.#send(concatPcm([rest, silence]), true);
    this.#sentMs = 0;
  }

  #onText(text: string): void {
    const message = parsedObject(text);
    const type = textOf(message, 'message_type');
    const words = textOf(message, 'text');
    if (type === 'session_started') this.#life.started();
    else if (type === 'partial_transcript' || type === 'final_transcript')
      this.#life.listener?.onPartial(words);
    else if (type === 'committed_transcript' || type === 'committed_transcript_with_timestamps') {
      if (!this.#isTwin(type, words)) this.#answer(withoutCutMarks(words));
    } else if (isNoSpeech(type)) {
      if (this.#asked > 0) this.#answer('');
    } else {
      const failure = failureOf(
        type,
        textOf(message, 'error') || textOf(message, 'message'),
        this.#options.apiKey,
      );
      if (failure) this.#life.fail(failure);
      // Its words may be those that people said.
      else this.#options.log.debug({ type }, 'a message of Scribe that says nothing to us');
    }
  }

  #answer(words: string): void {
    if (this.#asked > 0) {
      this.#asked -= 1;
      this.#life.listener?.onEnded(words, 'asked');
      return;
    }
    this.#sentMs = 0;
    this.#life.listener?.onEnded(words, 'limit');
  }

  /** Sessions with times or language detection tell each commit twice, in either order. */
  #isTwin(type: string, text: string): boolean {
    const before = this.#untwinned;
    const isTwin = before !== null && before.type !== type && (before.text === text || this.#asked === 0);
    this.#untwinned = isTwin ? null : { type, text };
    return isTwin;
  }

  #send(pcm: Int16Array, commit: boolean): void {
    if (this.#life.closed) return;
    this.#sentMs += samplesToMs(pcm.length);
    const message = {
      message_type: 'input_audio_chunk',
      audio_base_64: pcmToBytes(pcm).toString('base64'),
      commit,
      sample_rate: SAMPLE_RATE,
    };
    this.#life.sendAudio(pcm, JSON.stringify(message));
  }
}
