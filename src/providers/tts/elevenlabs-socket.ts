/**
 * ElevenLabs over its multi-context socket: one socket a session, one context a draft, one flush a clause.
 *
 * A thin client on `ws`: the vendor's own package has no client for this socket, takes 1.4 to 2.4 s and 110 MB to load,
 * and its client for recognition loses the codes and reasons of closed sockets.
 */
import type { Timer } from '../../base/clock.ts';
import type { ParleyError } from '../../base/errors.ts';
import { elevenLabsRefusal } from '../wire/elevenlabs-errors.ts';
import { openSocket, type SocketListener, type WireSocket } from '../wire/socket.ts';
import { type LinkUser, SpeechLink } from './elevenlabs/link.ts';
import { closeContext, type SpeechMessage, sayClause } from './elevenlabs/messages.ts';
import { type ElevenLabsVoiceOptions, placeOf, SAMPLE_RATE_24K, speechUrl } from './elevenlabs/options.ts';
import { type ContextHost, SpeechContext } from './elevenlabs/speech-context.ts';
import { type ProbedVoice, probeVoice } from './probe.ts';
import type { TtsConnection, TtsReply } from './tts.ts';

/**
 * The service takes five at once and closes the whole socket at the sixth (1008). One is left free for the nameless
 * context that keep-alive may open. A draft that finds no place waits, in order, until another is final: drafts are
 * cancelled by whom they belong to, and a closed context still counts until the service has said that it is final.
 */
const MAX_CONTEXTS = 4;
/** A closed context that is not called final within this is taken for it, or its place would be lost. */
const FINAL_WITHIN_MS = 3_000;
/** The longest that can be asked for; the default is 20 s. */
const INACTIVITY_S = '180';

/** Clauses are timed by their characters, so that words are told with the audio. */
export function createElevenLabsSocket(options: ElevenLabsVoiceOptions): ProbedVoice {
  const voice = {
    name: 'elevenlabs',
    place: placeOf(options),
    async connect(signal: AbortSignal) {
      signal.throwIfAborted();
      const connection = new Connection(options);
      await connection.connect(signal);
      return connection;
    },
  };
  return { ...voice, probe: (signal) => probeVoice(voice, options.clock, signal) };
}

async function openVoiceSocket(
  options: ElevenLabsVoiceOptions,
  listener: SocketListener,
  signal: AbortSignal,
): Promise<WireSocket> {
  const url = speechUrl(options, 'multi-stream-input', {
    inactivity_timeout: INACTIVITY_S,
    sync_alignment: 'true',
  });
  return await openSocket(
    {
      ...{ clock: options.clock, url, signal, codePrefix: 'TTS', what: 'the voice of ElevenLabs' },
      headers: { 'xi-api-key': options.apiKey },
      refused: (refusal) => elevenLabsRefusal(refusal, 'TTS'),
    },
    listener,
  );
}

interface Place {
  /** Null once it is closed: what still comes of it is dropped. */
  context: SpeechContext | null;
  /** Until a closed one is taken for final. */
  timer: Timer | null;
}

class Connection implements TtsConnection, LinkUser, ContextHost {
  readonly sampleRate = SAMPLE_RATE_24K;
  readonly clock: ElevenLabsVoiceOptions['clock'];
  readonly settings: ElevenLabsVoiceOptions['settings'];
  readonly #link: SpeechLink;
  readonly #contexts = new Set<SpeechContext>();
  readonly #places = new Map<string, Place>();
  #waiting: SpeechContext[] = [];
  #lastId = 0;
  #givenCharacters = 0;
  #closed = false;

  constructor(options: ElevenLabsVoiceOptions) {
    this.clock = options.clock;
    this.settings = options.settings;
    const { clock, log } = options;
    const open = (listener: SocketListener, signal: AbortSignal) =>
      openVoiceSocket(options, listener, signal);
    this.#link = new SpeechLink({ clock, log, open }, this);
  }

  get connected(): boolean {
    return this.#link.open;
  }

  get busy(): boolean {
    return this.#places.size > 0 || this.#waiting.length > 0;
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.#link.connect(signal);
  }

  warm(): void {
    this.#link.wake();
  }

  /** A context of the service is opened with the first clause: a draft that is never spoken takes no place. */
  reply(): TtsReply {
    const context = new SpeechContext(this);
    if (this.#closed) context.cancel();
    else this.#contexts.add(context);
    return context;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const context of this.#contexts) context.cancel();
    this.#clearPlaces();
    await this.#link.close();
  }

  get givenCharacters(): number {
    return this.#givenCharacters;
  }

  send(message: string): void {
    this.#link.send(message);
  }

  say(contextId: string, clause: string): void {
    this.#givenCharacters += clause.length;
    this.#link.send(sayClause(contextId, clause));
  }

  want(context: SpeechContext): void {
    this.#waiting.push(context);
    this.#fill();
  }

  over(context: SpeechContext, contextId: string | null, closed: boolean): void {
    this.#contexts.delete(context);
    this.#waiting = this.#waiting.filter((one) => one !== context);
    const place = contextId === null ? undefined : this.#places.get(contextId);
    if (!place || contextId === null) return;
    place.context = null;
    place.timer = this.clock.setTimer(FINAL_WITHIN_MS, () => this.#free(contextId));
    if (!closed) this.#link.send(closeContext(contextId));
  }

  onMessage(message: SpeechMessage): void {
    const { contextId, final } = message;
    if (contextId === null) return;
    // Audio of a context that was cancelled still comes for a while, and of one that is forgotten.
    const place = this.#places.get(contextId);
    if (final) this.#free(contextId);
    place?.context?.onMessage(message);
  }

  onOpen(): void {
    this.#fill();
  }

  onLost(error: ParleyError, again: boolean): void {
    const contexts = [...this.#places.values()].map(({ context }) => context);
    this.#clearPlaces();
    for (const context of contexts) context?.lost(error, again);
    if (again) return;
    for (const context of this.#waiting.splice(0)) context.fail(error);
  }

  #fill(): void {
    if (this.#waiting.length === 0) return;
    if (!this.#link.open) return this.#link.wake();
    while (this.#waiting.length > 0 && this.#places.size < MAX_CONTEXTS && this.#link.open) {
      const context = this.#waiting.shift()!;
      const id = `draft-${++this.#lastId}`;
      this.#places.set(id, { context, timer: null });
      context.begin(id);
    }
  }

  #free(contextId: string): void {
    this.#places.get(contextId)?.timer?.cancel();
    if (this.#places.delete(contextId)) this.#fill();
  }

  #clearPlaces(): void {
    for (const { timer } of this.#places.values()) timer?.cancel();
    this.#places.clear();
  }
}
