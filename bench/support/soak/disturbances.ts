/** What happens to a call in every minute of the soak: the gateway breaks twice, the voice server moves, a guest comes or goes. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Loopback, Person } from '../../../src/loopback/index.ts';
import type { Ledger } from './ledger.ts';
import { wallMs } from './speakers.ts';

export interface DisturbancesOptions {
  loopback: Loopback;
  ledger: Ledger;
  channelId: string;
  over: AbortSignal;
  progress(text: string): void;
}

const BACK_WITHIN_MS = 30_000;
const MINUTE_MS = 60_000;

/** Goes on until `over` is aborted and the last disturbance is over. What is said in a call that does not come back is missed. */
export async function disturb(options: DisturbancesOptions): Promise<void> {
  const { loopback, over } = options;
  const { faults } = loopback;
  const guest = loopback.addPerson({ name: 'Guest' });
  const minute: readonly (readonly [atMs: number, () => unknown])[] = [
    [8_000, () => faults.closeGateway(1006)],
    [20_000, () => comeOrGo(guest, options.channelId)],
    [32_000, () => moveServer(options)],
    [46_000, () => faults.requestReconnect()],
  ];
  for (let startMs = performance.now(); !over.aborted; startMs += MINUTE_MS) {
    for (const [atMs, disturbance] of minute) {
      const waitMs = startMs + atMs - performance.now();
      await pause(Math.max(0, waitMs), undefined, { signal: over }).catch(() => undefined);
      if (over.aborted) return;
      try {
        await disturbance();
      } catch (error) {
        options.progress(`the call did not come back: ${String(error)}`);
      }
    }
    const restMs = startMs + MINUTE_MS - performance.now();
    await pause(Math.max(0, restMs), undefined, { signal: over }).catch(() => undefined);
  }
}

async function comeOrGo(guest: Person, channelId: string): Promise<void> {
  if (guest.channelId === null) await guest.joinVoice(channelId, BACK_WITHIN_MS);
  else guest.leaveVoice();
}

/** Nothing reaches the bot until it has identified at the new server and shares the new group. */
async function moveServer({ loopback, ledger, progress }: DisturbancesOptions): Promise<void> {
  const { log, faults } = loopback;
  const identified = log.count('voice.identify');
  const fromMs = wallMs();
  await faults.serverMoveVoice();
  await loopback.waitFor('the move', () => log.count('voice.identify') > identified, BACK_WITHIN_MS);
  await loopback.botReady(BACK_WITHIN_MS);
  ledger.outage(fromMs, wallMs());
  progress(`the voice server moved within ${Math.round(wallMs() - fromMs)} ms`);
}
