/** `npm run doctor` against a Discord and vendors on this machine: what it finds, measures and advises, and how it ends. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Finding, Report } from '../../src/doctor/report.ts';
import { type Loopback, startLoopback } from '../../src/loopback/index.ts';
import { ANTHROPIC_KEY, startAnthropic } from '../support/vendors/anthropic.ts';
import { ELEVENLABS_KEY, LocalElevenLabs } from '../support/vendors/elevenlabs.ts';
import { ScribeVendor } from '../support/vendors/elevenlabs-scribe.ts';
import type { HttpVendor } from '../support/vendors/http-vendor.ts';
import { OPENAI_KEY, startOpenAi } from '../support/vendors/openai-chat.ts';

const MAIN = fileURLToPath(new URL('../../src/doctor/main.ts', import.meta.url));

let home: string;
let loopback: Loopback;
let mind: HttpVendor;
let voice: LocalElevenLabs;
let ears: ScribeVendor;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'parley-doctor-'));
  loopback = await startLoopback({ identifyWindowMs: 0 });
  mind = await startAnthropic();
  voice = await LocalElevenLabs.start();
  ears = await ScribeVendor.listen({ apiKey: ELEVENLABS_KEY });
  await writeFile(join(home, 'ca.pem'), loopback.caPem);
});
afterEach(async () => {
  await Promise.all([loopback.close(), mind.close(), voice.stop(), ears.close()]);
  await rm(home, { recursive: true, force: true });
});

/** Runs it in an empty folder, with these settings besides those that lead to the loopback. */
async function doctor(env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: home,
    env: {
      ...{ PATH: process.env.PATH ?? '', NODE_EXTRA_CA_CERTS: join(home, 'ca.pem') },
      ...{ DISCORD_TOKEN: loopback.token, DISCORD_API_URL: loopback.apiUrl, ...env },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

const vendors = () => ({
  ...{ ELEVENLABS_API_KEY: ELEVENLABS_KEY, ANTHROPIC_API_KEY: ANTHROPIC_KEY },
  ...{ STT_BASE_URL: ears.baseUrl, TTS_BASE_URL: voice.baseUrl, LLM_BASE_URL: mind.url },
});
const finding = ({ findings }: Report, what: string): Finding => findings.find((one) => one.what === what)!;

describe('doctor', () => {
  it('finds a sound set-up sound, measures it, and lists what there is to choose', async () => {
    const { code, stdout, stderr } = await doctor(vendors(), '--json');
    expect(stderr).toBe('');
    const report = JSON.parse(stdout) as Report;
    expect(report.findings.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect([code, report.canRun]).toEqual([0, true]);
    for (const what of ['Answers', 'Voice']) {
      const { coldMs, warmMs } = finding(report, what);
      expect(coldMs).toBeGreaterThan(0);
      expect(warmMs).toBeGreaterThan(0);
    }
    expect(finding(report, 'Speech to text').coldMs).toBeGreaterThan(0);
    expect(finding(report, 'Speech to text').found).toContain('elevenlabs, scribe_v2_realtime');
    expect(finding(report, 'Prompt caching').found).toMatch(
      /^would do nothing: the prompt has about \d+ tokens/,
    );
    expect(finding(report, 'ElevenLabs quota').found).toBe('plan "creator": 90000 of 100000 characters used');
    expect(finding(report, 'Store').found).toContain(
      `SQLite in ${join(home, '.data', 'parley.db')}: is made at the first start`,
    );
    expect(report.voices).toContainEqual({ id: 'JBFqnCBsd6RMkjVDRZzb', name: 'George' });
    for (const secret of [ELEVENLABS_KEY, ANTHROPIC_KEY, loopback.token])
      expect(stdout).not.toContain(secret);
  });

  it('says which key is refused, and that the agent cannot run so, in a table', async () => {
    const { code, stdout } = await doctor({ ...vendors(), ANTHROPIC_API_KEY: 'sk-ant-wrong-key' });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ok {4}Discord token +logs in as /m);
    expect(stdout).toMatch(/^FAIL {2}Answers +anthropic: /m);
    expect(stdout).toMatch(/^ok {4}Voice +\d+ ms +\d+ ms {2}elevenlabs, eleven_flash_v2_5/m);
    expect(stdout).toMatch(/^ {2}JBFqnCBsd6RMkjVDRZzb {2}George$/m);
    expect(stdout).toContain('The agent cannot run like this');
    expect(stdout).not.toContain('sk-ant-wrong-key');
  });

  it('warns of a language that the recogniser does not hear', async () => {
    const env = { STT: 'embedded', STT_LANGUAGE: 'de-AT', LLM: 'embedded', TTS: 'embedded' };
    const { code, stdout } = await doctor(env);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^WARN +Language +The recogniser "embedded" hears en alone, and people speak de-AT$/m,
    );
    expect(stdout).toContain('-> Set STT to elevenlabs, deepgram or openai, or leave STT_LANGUAGE empty.');
  });

  it('tries every key that is set: a wrong one that nothing uses is a warning', async () => {
    setDefaultCACertificates([...getCACertificates('default'), loopback.caPem]);
    const fast = await startOpenAi({ kind: 'groq', models: ['openai/gpt-oss-120b'] });
    const told: string[] = [];
    const report = await examine({
      clock: systemClock,
      log: silentLog,
      progress: (what) => told.push(what),
      env: {
        ...{ ...vendors(), DISCORD_TOKEN: loopback.token, DISCORD_API_URL: loopback.apiUrl },
        ...{ LLM: 'anthropic', STT: 'elevenlabs', GROQ_API_KEY: OPENAI_KEY },
        ...{ CEREBRAS_API_KEY: 'csk-wrong-key', DEEPGRAM_API_KEY: 'wrong-key' },
      },
      addresses: { groq: `${fast.url}/v1`, cerebras: `${fast.url}/v1`, deepgram: ears.baseUrl },
    });
    await fast.close();
    expect(report.canRun).toBe(true);
    expect(finding(report, 'Answers')).toMatchObject({ state: 'ok' });
    expect(finding(report, 'GROQ_API_KEY')).toMatchObject({ state: 'ok', remedy: null });
    expect(finding(report, 'GROQ_API_KEY').found).toMatch(/^groq, openai\/gpt-oss-120b, .+; not in use$/);
    expect(finding(report, 'GROQ_API_KEY').warmMs).toBeGreaterThan(0);
    for (const [what, vendor, stage] of [
      ['CEREBRAS_API_KEY', 'cerebras', 'LLM'],
      ['DEEPGRAM_API_KEY', 'deepgram', 'STT'],
    ] as const) {
      const { state, found, remedy } = finding(report, what);
      expect([what, state]).toEqual([what, 'warns']);
      expect(found).toContain(`${vendor}: `);
      expect(remedy).toContain(`Nothing uses it, unless ${stage} is set to ${vendor}.`);
    }
    // Those in use are tried where they are used.
    for (const what of ['ANTHROPIC_API_KEY', 'ELEVENLABS_API_KEY'])
      expect(finding(report, what)).toBeUndefined();
    expect(told).toContain('trying keys that are not in use: deepgram, groq, cerebras');
    expect(JSON.stringify(report)).not.toContain('wrong-key');
  });

  it('names a voice and a model that do not exist', async () => {
    const wrong = { ELEVENLABS_VOICE_ID: 'nobody', LLM_MODEL: 'claude-3-5-sonnet-20241022' };
    const { code, stdout } = await doctor({ ...vendors(), ...wrong });
    expect(code).toBe(1);
    expect(stdout).toContain('FAIL  Voice');
    expect(stdout).toContain('ElevenLabs does not know this voice');
    expect(stdout).toMatch(/FAIL {2}Answers[\s\S]*claude-sonnet-5-5/);
  });

  it('says that the agent cannot run with a store that cannot be reached, and not its password', async () => {
    const { code, stdout } = await doctor({
      DATABASE_URL: 'postgres://parley:secret-word@127.0.0.1:1/parley',
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}Store +PostgreSQL cannot be reached\n +-> See whether PostgreSQL runs/m);
    expect(stdout).not.toContain('secret-word');
  });

  it('tells wrong settings and a refused token with their remedies', async () => {
    const settings = await doctor({ LLM: 'groq', DISCORD_TOKEN: '' });
    expect(settings.code).toBe(1);
    expect(settings.stdout).toContain('DISCORD_TOKEN is missing');
    expect(settings.stdout).toContain('GROQ_API_KEY is missing, and LLM=groq needs it');
    const token = await doctor({ DISCORD_TOKEN: 'bm90.dGhl.b25l', PRICES_FILE: 'none.json' }, '--json');
    expect(token.code).toBe(1);
    expect(finding(JSON.parse(token.stdout) as Report, 'Prices')).toMatchObject({
      ...{ state: 'fails', found: 'The file of prices cannot be read' },
    });
    expect(finding(JSON.parse(token.stdout) as Report, 'Discord token')).toMatchObject({
      ...{ state: 'fails', found: 'Discord does not accept the token' },
    });
  });

  it('runs without any key, and advises to set one', async () => {
    const { code, stdout } = await doctor({});
    expect(code).toBe(0);
    expect(stdout).toContain('Advice:\n  - Everything is embedded');
    expect(stdout).toContain('The agent can run.');
  });
});
