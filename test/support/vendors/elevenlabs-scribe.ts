/** ElevenLabs' Scribe v2 realtime on localhost: its protocol, its limits, and the faults that a test asks for. */
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { type Caller, type Refuse, SocketVendor, VendorSession } from './socket-vendor.ts';
import { ToneEar } from './tone-speech.ts';

export interface ScribeScript {
  /** Instead of a socket. */
  refuse?: Refuse | 'hangs';
  /** Before `session_started`, which then never comes; the socket is closed. */
  errorAtStart?: string;
  startDelayMs?: number;
  /** From a commit to its transcript. */
  finalDelayMs?: number;
  /** What a commit is answered by, by its number in the session. */
  onCommit?: (commit: number, session: ScribeCaller) => 'usual' | 'nothing' | 'handled';
  /** Each commit is told twice; `before` has the message with times first. */
  twins?: 'after' | 'before';
  /** Hears in its place: tells partials itself, when they are due. */
  onAudio?: (bytes: Buffer, session: ScribeCaller) => void;
  /** Words that the partials have instead, by their number in the session. */
  partials?: readonly string[];
  /** What its transcripts end in, by the number of the commit in the session: it was in the middle of something. */
  cutMarks?: readonly string[];
  /** A text of a message that no client knows. */
  chatter?: boolean;
}

/** Hears words in 16-bit samples at 16 kHz. */
export interface VendorEar {
  /** Said since the last `clear()`. */
  readonly text: string;
  accept(bytes: Uint8Array): void;
  clear(): void;
}

export interface ScribeOptions {
  apiKey: string;
  clock?: Clock;
  model?: string;
  /** By the number of the handshake. */
  script?: (index: number) => ScribeScript;
  /** Of each session; it hears tones unless given. */
  ear?: () => VendorEar;
}

const IDLE_CLOSE_MS = 15_000;
const LEAST_COMMIT_MS = 300;
const AUTO_COMMIT_MS = 36_000;
const MOST_CHUNK_MS = 1_000;

export class ScribeVendor extends SocketVendor<ScribeCaller> {
  constructor({
    apiKey,
    clock = systemClock,
    model = 'scribe_v2_realtime',
    script = () => ({}),
    ear = () => new ToneEar(),
  }: ScribeOptions) {
    super(
      (request, url, index) => {
        const { refuse } = script(index);
        if (refuse) return refuse;
        if (url.pathname !== '/v1/speech-to-text/realtime')
          return { status: 404, body: { detail: 'Not Found' } };
        if (request.headers['xi-api-key'] === apiKey) return null;
        const message = `Invalid API key: ${request.headers['xi-api-key']}`;
        return { status: 401, body: { detail: { status: 'invalid_api_key', message } } };
      },
      (caller, index, changed) =>
        new ScribeCaller(caller, { script: script(index), clock, model, ear: ear() }, changed),
    );
  }

  static async listen(options: ScribeOptions): Promise<ScribeVendor> {
    return await new ScribeVendor(options).listening();
  }
}

interface Chunk {
  message_type: string;
  audio_base_64: string;
  commit?: boolean;
  sample_rate?: number;
}

export class ScribeCaller extends VendorSession {
  readonly #script: ScribeScript;
  readonly #ear: VendorEar;
  #started = false;
  #text = '';
  #partials = 0;
  commits = 0;
  messages = 0;
  /** Audio since the last commit. */
  uncommittedMs = 0;
  audioMs = 0;

  constructor(
    caller: Caller,
    { script, clock, model, ear }: { script: ScribeScript; clock: Clock; model: string; ear: VendorEar },
    changed: () => void,
  ) {
    super(caller, clock, changed);
    this.#ear = ear;
    this.#script = script;
    caller.ws.on('message', (data) => this.#onMessage(JSON.parse(String(data)) as Chunk));
    this.after(script.startDelayMs ?? 0, () => this.#start(model));
  }

  /** Sends an error, and hangs up, as the vendor mostly does. */
  fail(type: string, hangsUp = true): void {
    this.send({ message_type: type, error: `Because of ${type}.` });
    if (hangsUp) this.hangUp();
  }

  /** What it would answer to a commit now. */
  takeText(): string {
    const { text } = this.#ear;
    this.#ear.clear();
    this.#text = '';
    this.uncommittedMs = 0;
    return text;
  }

  tell(text: string): void {
    const plain = { message_type: 'committed_transcript', text };
    const timed = {
      message_type: 'committed_transcript_with_timestamps',
      text,
      language_code: 'en',
      words: [],
    };
    if (this.#script.twins === 'before') this.send(timed);
    this.send(plain);
    if (this.#script.twins === 'after') this.send(timed);
  }

  #start(model: string): void {
    const { searchParams } = this.url;
    const keyterms = searchParams.getAll('keyterms');
    const tooMuch = (term: string) => [...term].length > 20 || term.split(' ').length > 5;
    const wrong = keyterms.length > 50 || keyterms.some(tooMuch);
    if (wrong || searchParams.get('model_id') !== model || searchParams.get('audio_format') !== 'pcm_16000') {
      return this.fail('invalid_request');
    }
    if (this.#script.errorAtStart) return this.fail(this.#script.errorAtStart);
    this.#started = true;
    this.send({ message_type: 'session_started', session_id: 'a1b2', config: { model_id: model } });
    if (this.#script.chatter) this.send({ message_type: 'weather_report', text: 'sunny' });
    this.#restart();
    this.changed();
  }

  #onMessage(chunk: Chunk): void {
    if (this.closed || !this.#started) return this.fail('input_error');
    const bytes = Buffer.from(chunk.audio_base_64, 'base64');
    const ms = bytes.length / 32;
    if (chunk.message_type !== 'input_audio_chunk' || chunk.sample_rate !== 16_000)
      return this.fail('input_error');
    if (ms > MOST_CHUNK_MS) return this.fail('chunk_size_exceeded');
    this.messages += 1;
    this.audioMs += ms;
    this.uncommittedMs += ms;
    this.#restart();
    if (this.#script.onAudio) this.#script.onAudio(bytes, this);
    else this.#hear(bytes);
    if (chunk.commit) this.#commit();
    else if (this.uncommittedMs >= AUTO_COMMIT_MS) this.tell(this.takeText());
    this.changed();
  }

  #hear(bytes: Buffer): void {
    this.#ear.accept(bytes);
    const { text } = this.#ear;
    if (text !== this.#text) {
      this.#text = text;
      const told = this.#script.partials?.[this.#partials++] ?? text;
      this.send({ message_type: 'partial_transcript', text: told });
    }
  }

  #commit(): void {
    const number = this.commits++;
    const how = this.#script.onCommit?.(number, this) ?? 'usual';
    if (how !== 'usual') return;
    if (this.uncommittedMs < LEAST_COMMIT_MS) return this.fail('commit_throttled', false);
    const text = this.takeText() + (this.#script.cutMarks?.[number] ?? '');
    this.after(this.#script.finalDelayMs ?? 0, () => this.tell(text));
  }

  #restart(): void {
    this.heard(IDLE_CLOSE_MS, () => this.hangUp());
  }
}
