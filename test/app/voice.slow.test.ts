/** /voice in a server: voices of a local ElevenLabs, asked by its own package, chosen while a channel talks. */
import { afterEach, expect, it } from 'vitest';
import { type Bot, startBot } from '../support/bot.ts';
import { ELEVENLABS_KEY, ELEVENLABS_VOICE, LocalElevenLabs } from '../support/vendors/elevenlabs.ts';

let bot: Bot | null = null;
let vendor: LocalElevenLabs | null = null;
afterEach(async () => {
  await bot?.stop();
  await vendor?.stop();
  [bot, vendor] = [null, null];
});

const SARAH = 'EXAVITQu4vr4xnSDxMaL';

async function start(env: Record<string, string>): Promise<{ bot: Bot; vendor: LocalElevenLabs }> {
  vendor = await LocalElevenLabs.start();
  const settings = { TTS: 'elevenlabs', TTS_BASE_URL: vendor.baseUrl, STT: 'embedded', LLM: 'embedded' };
  bot = await startBot({ real: ['tts'], realStore: true, env: { ...settings, ...env } });
  return { bot, vendor };
}

/** Voices that spoke over the socket since the n-th request. */
const voicesSince = ({ requests }: LocalElevenLabs, n: number): string[] =>
  requests
    .slice(n)
    .flatMap(({ path }) => /^\/v1\/text-to-speech\/([^/]+)\/multi-stream-input$/.exec(path)?.[1] ?? []);

it('is proposed, set for the next answers, shown, kept over a restart and given back', async () => {
  const all = await start({ ELEVENLABS_API_KEY: ELEVENLABS_KEY });
  const ada = await all.bot.joined();
  expect(voicesSince(all.vendor, 0)).toEqual([ELEVENLABS_VOICE]);
  const typed = { name: 'voice', subcommand: 'set', options: { name: 'sa' }, focused: 'name' };
  const proposals = async () => await all.bot.loopback.autocomplete(ada, typed);
  // The first question loads the package, which may take longer than Discord waits.
  let proposed = await proposals();
  while (proposed.length === 0) proposed = await proposals();
  expect(proposed).toEqual([{ name: 'Sarah (american)', value: 'Sarah (american)' }]);

  const before = all.vendor.requests.length;
  const set = await all.bot.command(ada, 'voice set', { options: { name: 'Sarah (american)' } });
  expect(set).toMatchObject({ private: true, text: 'I speak as Sarah here, from my next answer on.' });
  const { report } = await all.bot.turn(ada);
  expect(report.record.outcome).toBe('answered');
  await all.vendor.until(() => voicesSince(all.vendor, before).includes(SARAH));
  await all.bot.turn(ada);

  await all.bot.restart();
  expect((await all.bot.command(ada, 'voice show')).text).toBe('I speak as Sarah here.');
  const again = all.vendor.requests.length;
  await all.bot.command(ada, 'join');
  await all.bot.loopback.botReady(5_000);
  expect(voicesSince(all.vendor, again)).toEqual([SARAH]);
  await all.bot.command(ada, 'voice reset');
  expect((await all.bot.command(ada, 'voice show')).text).toBe('I speak with my usual voice here.');

  const byId = await all.bot.command(ada, 'voice set', { options: { name: SARAH } });
  expect(byId.text).toBe('I speak as Sarah here, from my next answer on.');
  const unknown = await all.bot.command(ada, 'voice set', { options: { name: 'Zed' } });
  expect(unknown).toMatchObject({
    private: true,
    text: expect.stringMatching(/no voice "Zed".*while you type/),
  });
  const bob = await all.bot.seat('Bob');
  await expect(all.bot.command(bob, 'voice show')).rejects.toThrow('lacks the permissions');
});

it('speaks on where ElevenLabs refuses the voice that was chosen, before and after a restart', async () => {
  const { bot, vendor } = await start({ ELEVENLABS_API_KEY: ELEVENLABS_KEY });
  const ada = await bot.joined();
  vendor.faults = { refusedVoice: SARAH };
  const set = async () => (await bot.command(ada, 'voice set', { options: { name: 'Sarah' } })).text;
  expect(await set()).toMatch(/does not know this voice.*"My Voices"/);
  expect((await bot.command(ada, 'voice show')).text).toBe('I speak with my usual voice here.');
  vendor.faults = {};
  expect(await set()).toBe('I speak as Sarah here, from my next answer on.');
  vendor.faults = { refusedVoice: SARAH };
  const answered = async () => {
    const { report } = await bot.turn(ada);
    expect(report.record).toMatchObject({ outcome: 'answered', audible: 'answer' });
  };
  const told = () => bot.chat(bot.lounge).filter((text) => text.startsWith('I cannot speak as Sarah'));
  // The first brings the change, and the second begins with the new voice.
  await answered();
  await answered();
  await bot.waitFor('the voice to be refused', () => told().length === 1);
  await answered();
  await bot.restart();
  expect((await bot.command(ada, 'join')).text).not.toContain('does not know this voice');
  await bot.loopback.botReady(5_000);
  await answered();
  expect(told()).toHaveLength(2);
});

it('says to whoever asked why ElevenLabs refuses, and where nothing can be chosen', async () => {
  const set = async (where: Bot) => {
    const ada = await where.seat('Ada', { admin: true });
    return await where.command(ada, 'voice set', { options: { name: 'George' } });
  };
  const refused = await start({ ELEVENLABS_API_KEY: 'sk_wrong' });
  expect(await set(refused.bot)).toMatchObject({
    private: true,
    text: expect.stringMatching(/does not accept the key.*Make a new key/),
  });
  await refused.bot.stop();
  bot = await startBot();
  const text = expect.stringMatching(/where ElevenLabs speaks.*TTS in the settings/);
  expect(await set(bot)).toMatchObject({ private: true, text });
});
