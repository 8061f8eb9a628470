/** `npm start` in a loopback, led to mock vendors by settings alone; a person in the room talks with it. */
import { type Loopback, type Person, startLoopback } from '../../src/loopback/index.ts';
import { type Program, startProgram } from '../support/program.ts';
import { speech } from '../support/spoken.ts';

export interface VendorStage {
  readonly loopback: Loopback;
  readonly program: Program;
  readonly ada: Person;
  /** Ada says it; resolves once the room has heard an answer or notice to its end, with what of it was audible when. */
  say(words: string): Promise<{ audibleMs: number | null; lastVoicedMs: number }>;
  /** `/latency stats`. */
  stats(): Promise<string>;
  /** What was posted in the channel's chat, oldest first. */
  chat(): string[];
  stop(): Promise<void>;
}

const QUIET_MS = 700;
const WITHIN_MS = 20_000;

export async function vendorStage(env: Record<string, string>): Promise<VendorStage> {
  const loopback = await startLoopback();
  const settings = { ADDRESSING: 'always', LOG_LEVEL: 'debug', ...env };
  const program = await startProgram({ loopback, env: settings }).catch(async (error: unknown) => {
    await loopback.close();
    throw error;
  });
  const stop = async () => {
    await program.stop();
    await loopback.close();
  };
  try {
    await program.printed(/^https:\/\/discord\.com\/\S+$/m);
    const ada = loopback.addPerson({ name: 'Ada', admin: true });
    const [channelId] = loopback.voiceChannelIds;
    await ada.joinVoice(channelId!);
    const { text } = await loopback.command(ada, { name: 'join' });
    if (loopback.botVoiceChannelId() !== channelId) throw new Error(`the bot did not join: ${text}`);
    await loopback.botReady(WITHIN_MS);
    const stats = async () => (await loopback.command(ada, { name: 'latency', subcommand: 'stats' })).text;
    const turns = async () => Number(/^(\d+) turns?:/m.exec(await stats())?.[1] ?? 0);
    return {
      ...{ loopback, program, ada, stats, stop },
      chat: () => loopback.messages(channelId!).map(({ text: posted }) => posted),
      async say(words) {
        const pcm = await speech(words);
        const before = await turns();
        const { lastVoicedSentMs } = await ada.say(pcm, { client: 'voiceActivity' });
        const deadlineMs = performance.now() + WITHIN_MS;
        while ((await turns()) === before) {
          if (performance.now() > deadlineMs)
            throw new Error(`no turn ended. ${program.stderr.slice(-4_000)}`);
        }
        await loopback.room.quiet(QUIET_MS, WITHIN_MS);
        return { audibleMs: loopback.room.firstAudible(lastVoicedSentMs), lastVoicedMs: lastVoicedSentMs };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
