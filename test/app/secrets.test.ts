/** A key that is refused is told of by its setting's vendor, and comes up nowhere: not in logs, output, replies or the chat. */
import { afterEach, expect, it } from 'vitest';
import { type Loopback, startLoopback } from '../../src/loopback/index.ts';
import { type Program, startProgram } from '../support/program.ts';
import { startAnthropic } from '../support/vendors/anthropic.ts';
import { LocalElevenLabs } from '../support/vendors/elevenlabs.ts';
import { ScribeVendor } from '../support/vendors/elevenlabs-scribe.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const PLANTED = { elevenlabs: 'planted-eleven-4711', anthropic: 'planted-anthropic-0815' };

/** The program with these settings, and what an admin who calls it is answered. */
async function called(env: Record<string, string>): Promise<{ all: string; reply: string }> {
  const loopback: Loopback = await startLoopback();
  open.push(() => loopback.close());
  const settings = { LOG_LEVEL: 'debug', LOG_SPEECH: 'on', ...env };
  const program: Program = await startProgram({ loopback, env: settings });
  open.push(() => program.stop());
  await program.printed(/^Voice: .*$/m);
  const ada = loopback.addPerson({ name: 'Ada', admin: true });
  const [channelId] = loopback.voiceChannelIds;
  await ada.joinVoice(channelId!);
  const { text: reply } = await loopback.command(ada, { name: 'join' });
  const stats = await loopback.command(ada, { name: 'latency', subcommand: 'stats' });
  program.signal('SIGTERM');
  await program.ended();
  const chat = loopback.messages(channelId!).map(({ text }) => text);
  return { all: [program.stdout, program.stderr, reply, stats.text, ...chat].join('\n'), reply };
}

it('of ElevenLabs and of Anthropic', { tags: ['fault'] }, async () => {
  const ears = await ScribeVendor.listen({ apiKey: 'another-key' });
  const voice = await LocalElevenLabs.start();
  const mind = await startAnthropic();
  open.push(
    () => ears.close(),
    () => voice.stop(),
    () => mind.close(),
  );
  const { all, reply } = await called({
    ...{ ELEVENLABS_API_KEY: PLANTED.elevenlabs, ANTHROPIC_API_KEY: PLANTED.anthropic },
    ...{ STT_BASE_URL: ears.baseUrl, TTS_BASE_URL: voice.baseUrl, LLM_BASE_URL: mind.url },
  });
  expect(reply).toContain('ElevenLabs does not accept the key');
  expect(all).toContain('Answers: anthropic, claude-haiku-5-5');
  for (const secret of Object.values(PLANTED)) expect(all).not.toContain(secret);
});
