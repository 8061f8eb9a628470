/** Deepgram's Flux on localhost: its state machine of turns, its limits, and the faults that a test asks for. */
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { type Caller, type Refuse, SocketVendor, VendorSession } from './socket-vendor.ts';
import { ToneEar } from './tone-speech.ts';

export interface FluxScript {
  /** Instead of a socket. */
  refuse?: Refuse | 'hangs';
  /** Instead of `Connected`; the socket is closed. */
  errorAtStart?: { code: string; description: string };
  startDelayMs?: number;
  /** From audio to what is told of it. */
  lagMs?: number;
  /** Silence until it guesses, and until it knows; null for never. */
  eagerAfterMs?: number | null;
  endAfterMs?: number | null;
  /** It tells nothing while there is no turn. */
  onlyTurns?: boolean;
  /** It does not know how to end a turn when told to. */
  deafToForce?: boolean;
  chatter?: boolean;
}

export interface FluxOptions {
  apiKey: string;
  clock?: Clock;
  /** By the number of the handshake. */
  script?: (index: number) => FluxScript;
}

const IDLE_CLOSE_MS = 10_000;
const UPDATE_EVERY_S = 0.25;
const MOST_KEYTERM_TOKENS = 500;

export class FluxVendor extends SocketVendor<FluxCaller> {
  constructor({ apiKey, clock = systemClock, script = () => ({}) }: FluxOptions) {
    super(
      (request, url, index) => {
        const { refuse } = script(index);
        if (refuse) return refuse;
        const unknown = !url.searchParams.get('model')?.startsWith('flux-general-');
        const bad = (err_code: string, err_msg: string) => ({ err_code, err_msg, request_id: 'r1' });
        if (request.headers.authorization !== `Token ${apiKey}`) {
          const told = `Invalid credentials ${request.headers.authorization}`;
          return { status: 401, body: bad('INVALID_AUTH', told) };
        }
        if (url.pathname !== '/v2/listen' || unknown) {
          return { status: 400, body: bad('Bad Request', 'No such model/version combination found.') };
        }
        // It counts tokens, of which a text of any script has as many as bytes at most.
        if (Buffer.byteLength(url.searchParams.getAll('keyterm').join('')) > MOST_KEYTERM_TOKENS) {
          return { status: 400, body: bad('Bad Request', 'Keyterm limit exceeded.') };
        }
        return null;
      },
      (caller, index, changed) => new FluxCaller(caller, script(index), clock, changed),
    );
  }

  static async listen(options: FluxOptions): Promise<FluxVendor> {
    return await new FluxVendor(options).listening();
  }
}

type Event = 'Update' | 'StartOfTurn' | 'EagerEndOfTurn' | 'TurnResumed' | 'EndOfTurn';

export class FluxCaller extends VendorSession {
  readonly #script: FluxScript;
  readonly #ear = new ToneEar();
  #turn = 0;
  #sequence = 0;
  #inTurn = false;
  #eager = false;
  #text = '';
  #toldS = 0;
  heardS = 0;
  /** All control messages, in order. */
  readonly controls: string[] = [];

  constructor(caller: Caller, script: FluxScript, clock: Clock, changed: () => void) {
    super(caller, clock, changed);
    this.#script = script;
    caller.ws.on('message', (data, isBinary) => {
      if (isBinary) this.#restart();
      this.after(script.lagMs ?? 0, () => this.#onMessage(data as Buffer, isBinary));
    });
    this.after(script.startDelayMs ?? 0, () => this.#start());
  }

  get audioMs(): number {
    return this.heardS * 1000;
  }

  /** Tells an error and hangs up. */
  fail(code: string, description = `Because of ${code}.`): void {
    this.send({ type: 'Error', sequence_id: this.#sequence++, code, description });
    this.hangUp(1011);
  }

  /** Ends the turn. */
  endTurn(trigger: 'model' | 'manual' | 'timeout'): void {
    this.#tell('EndOfTurn', { trigger, end_of_turn_confidence: trigger === 'model' ? 0.8 : 0.2 });
    this.#turn += 1;
    this.#inTurn = false;
    this.#eager = false;
    this.#ear.clear();
    this.#text = '';
  }

  #start(): void {
    if (this.#script.errorAtStart) {
      return this.fail(this.#script.errorAtStart.code, this.#script.errorAtStart.description);
    }
    this.send({ type: 'Connected', request_id: 'r1', sequence_id: this.#sequence++ });
    if (this.#script.chatter) this.send({ type: 'Weather', text: 'sunny' });
    this.#restart();
    this.changed();
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (this.closed) return;
    if (isBinary) this.#hear(data);
    else this.#onControl(String(data));
    this.changed();
  }

  #onControl(text: string): void {
    const { type } = JSON.parse(text) as { type: string };
    this.controls.push(type);
    if (type === 'ForceEndTurn' && this.#inTurn && !this.#script.deafToForce) this.endTurn('manual');
    else if (type === 'CloseStream') this.hangUp();
    else if (type !== 'ForceEndTurn') this.fail('UNPARSABLE_CLIENT_MESSAGE');
  }

  #hear(bytes: Buffer): void {
    this.#ear.accept(bytes);
    this.heardS = this.#ear.samples / 16_000;
    const { text, quietMs } = this.#ear;
    const { eagerAfterMs = 240, endAfterMs = 600 } = this.#script;
    if (text !== this.#text) this.#onWords(text);
    else if (this.heardS - this.#toldS >= UPDATE_EVERY_S) {
      if (this.#inTurn || !this.#script.onlyTurns) this.#tell('Update');
    }
    if (!this.#inTurn) return;
    if (!this.#eager && eagerAfterMs !== null && quietMs >= eagerAfterMs) {
      this.#eager = true;
      this.#tell('EagerEndOfTurn', { end_of_turn_confidence: 0.5 });
    }
    if (endAfterMs !== null && quietMs >= endAfterMs) this.endTurn('model');
  }

  #onWords(text: string): void {
    this.#text = text;
    if (!this.#inTurn) {
      this.#inTurn = true;
      return this.#tell('StartOfTurn');
    }
    if (this.#eager) this.#tell('TurnResumed');
    this.#eager = false;
    this.#tell('Update');
  }

  #tell(event: Event, more: Record<string, unknown> = {}): void {
    this.#toldS = this.heardS;
    this.send({
      ...{ type: 'TurnInfo', request_id: 'r1', sequence_id: this.#sequence++, event, turn_index: this.#turn },
      ...{ audio_window_start: 0, audio_window_end: this.heardS, transcript: this.#text, words: [] },
      ...{ end_of_turn_confidence: 0.1, ...more },
    });
  }

  #restart(): void {
    const reason = 'Deepgram did not receive audio data within the timeout window. NET-0001';
    this.heard(IDLE_CLOSE_MS, () => this.hangUp(1011, reason));
  }
}
