/** What each person in the channel says, apart: subscriptions to the voice receiver, kept alive whatever arrives. */
import { EndBehaviorType, type VoiceReceiver } from '@discordjs/voice';
import type { Clock } from '../../base/clock.ts';
import { toParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Ears, EarsEvent } from '../../conversation/ports.ts';
import { received } from '../voice-shim.ts';
import { SpeakerStream, type StreamCounters } from './speaker-stream.ts';

export interface DiscordEarsOptions {
  clock: Clock;
  log: Log;
  receiver: VoiceReceiver;
  counters: StreamCounters;
  /** False for bots and for those who opted out: never subscribed to, so never decoded. Asked at each talk's start. */
  mayHear(userId: string): boolean;
  nameOf(userId: string): string;
  /** The people in the channel, heard or not. */
  people(): string[];
  /** An intact packet of somebody who is heard. */
  onPacket?(): void;
}

const LISTENER_FAILED = {
  code: 'HEARING_FAILED',
  remedy: 'Nothing, if it stays with one: it is heard again when it speaks next. Else report it as a defect.',
};

type ReceiveStream = ReturnType<VoiceReceiver['subscribe']>;

interface Listening {
  stream: ReceiveStream;
  speaker: SpeakerStream;
}

export class DiscordEars implements Ears {
  readonly #options: DiscordEarsOptions;
  readonly #listening = new Map<string, Listening>();
  #listener: ((event: EarsEvent) => void) | null = null;
  readonly #onStart = (userId: string) => this.#subscribe(userId);

  constructor(options: DiscordEarsOptions) {
    this.#options = options;
    // The library raises 'start' before it looks for a subscription, so subscribing here keeps that very packet.
    options.receiver.speaking.on('start', this.#onStart);
  }

  listen(listener: (event: EarsEvent) => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = null;
    };
  }

  nameOf(speakerId: string): string {
    return this.#options.nameOf(speakerId);
  }

  people(): { id: string; name: string }[] {
    return this.#options.people().map((id) => ({ id, name: this.nameOf(id) }));
  }

  /** The person left or withdrew consent: nothing more is decoded, and what was heard is forgotten. */
  drop(userId: string): void {
    const listening = this.#listening.get(userId);
    this.#listening.delete(userId);
    listening?.stream.destroy();
    listening?.speaker.close();
    // Also of one whose stream has failed: what was heard before is still known.
    this.#listener?.({ type: 'gone', speakerId: userId });
  }

  close(): void {
    this.#options.receiver.speaking.off('start', this.#onStart);
    for (const userId of [...this.#listening.keys()]) this.drop(userId);
    this.#listener = null;
  }

  #subscribe(userId: string): void {
    const { receiver, clock, counters, log, mayHear, onPacket } = this.#options;
    if (!mayHear(userId)) return this.drop(userId);
    if (this.#listening.has(userId)) return;
    const stream = receiver.subscribe(userId, { end: { behavior: EndBehaviorType.Manual } });
    const emit = (event: EarsEvent) => {
      try {
        this.#listener?.(event);
      } catch (error) {
        // Out of a timer it would end the process. The person is heard again from the next talk on.
        stream.destroy(toParleyError(error, LISTENER_FAILED));
      }
    };
    const speaker = new SpeakerStream({ speakerId: userId, clock, counters, emit });
    this.#listening.set(userId, { stream, speaker });
    stream.on('data', (data: unknown) => {
      const packet = received(data);
      if (!packet || this.#listening.get(userId)?.stream !== stream) return;
      onPacket?.();
      speaker.push(packet.payload, packet);
    });
    stream.on('error', (thrown) => {
      const error = toParleyError(thrown, LISTENER_FAILED);
      log.error({ userId, err: error, remedy: error.remedy }, 'receive stream failed');
    });
    stream.once('close', () => {
      if (this.#listening.get(userId)?.stream !== stream) return;
      this.#listening.delete(userId);
      speaker.close();
    });
  }
}
