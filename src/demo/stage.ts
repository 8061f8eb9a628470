/** The demo's stage: a Discord on this machine, the real bot logged in to it, and two people in a voice channel. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { commands } from '../../commands/index.ts';
import { type App, startApp } from '../app.ts';
import { systemClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { loadConfig } from '../config/config.ts';
import type { TurnReport } from '../conversation/conversation.ts';
import { type Loopback, type Person, startLoopback } from '../loopback/index.ts';
import { CAST } from './script.ts';

export interface Stage {
  loopback: Loopback;
  app: App;
  people: ReadonlyMap<string, Person>;
  /** Resolves with the next finished turn's report; null after `deadlineMs`. To be called before the turn begins. */
  nextReport(deadlineMs: number): Promise<TurnReport | null>;
  close(): Promise<void>;
}

export async function setStage(seed: number, log: Log): Promise<Stage> {
  const loopback = await startLoopback({ seed });
  // The voice gateway speaks TLS with a certificate made a moment ago; a bot in a process of its own would be told of
  // it by NODE_EXTRA_CA_CERTS.
  setDefaultCACertificates([...getCACertificates('default'), loopback.caPem]);
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-demo-'));
  const waiting: ((report: TurnReport) => void)[] = [];
  const config = loadConfig({
    DISCORD_TOKEN: loopback.token,
    DISCORD_API_URL: loopback.apiUrl,
    DATA_DIR: dataDir,
    // Nobody in the script talks to anybody else.
    ADDRESSING: 'always',
  });
  const app = await startApp({
    ...{ config, commands, clock: systemClock, nowUnixMs: Date.now, random: Math.random, log },
    onTurn: (report) => waiting.shift()?.(report),
  });
  const people = new Map<string, Person>();
  for (const { name } of CAST) people.set(name, loopback.addPerson({ name, admin: name === CAST[0].name }));
  const [channelId] = loopback.voiceChannelIds;
  for (const person of people.values()) await person.joinVoice(channelId!);
  const first = people.get(CAST[0].name)!;
  const answer = await loopback.command(first, { name: 'join' });
  if (loopback.botVoiceChannelId() !== channelId) throw new Error(`The bot did not join: ${answer.text}`);
  return {
    ...{ loopback, app, people },
    nextReport: async (deadlineMs) => {
      const next = Promise.withResolvers<TurnReport | null>();
      waiting.push(next.resolve);
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(next.resolve), 1);
        next.resolve(null);
      }, deadlineMs);
      const report = await next.promise;
      clearTimeout(timer);
      return report;
    },
    close: async () => {
      await app.stop();
      await loopback.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
