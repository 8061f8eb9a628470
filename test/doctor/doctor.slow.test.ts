/** `npm run doctor`, when something is wrong: what it says of that, and how it ends. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Report } from '../../src/doctor/report.ts';
import { OPENAI_KEY, startOpenAi } from '../support/vendors/openai-chat.ts';
import { type DoctorRig, finding, openDoctorRig } from './doctor-rig.ts';

let rig: DoctorRig;
beforeEach(async () => {
  rig = await openDoctorRig();
});
afterEach(() => rig.close());

describe('doctor', () => {
  it('says which key is refused, and that the agent cannot run so, in a table', async () => {
    const { code, stdout } = await rig.doctor({ ...rig.vendors, ANTHROPIC_API_KEY: 'sk-ant-wrong-key' });
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
    const { code, stdout } = await rig.doctor(env);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^WARN +Language +The recogniser "embedded" hears en alone, and people speak de-AT$/m,
    );
    expect(stdout).toContain('-> Set STT to elevenlabs, deepgram or openai, or leave STT_LANGUAGE empty.');
  });

  it('tries every key that is set: a wrong one that nothing uses is a warning', async () => {
    setDefaultCACertificates([...getCACertificates('default'), rig.loopback.caPem]);
    const fast = await startOpenAi({ kind: 'groq', models: ['openai/gpt-oss-120b'] });
    const told: string[] = [];
    const report = await examine({
      clock: systemClock,
      log: silentLog,
      progress: (what) => told.push(what),
      env: {
        ...{ ...rig.vendors, DISCORD_TOKEN: rig.loopback.token, DISCORD_API_URL: rig.loopback.apiUrl },
        ...{ LLM: 'anthropic', STT: 'elevenlabs', GROQ_API_KEY: OPENAI_KEY },
        ...{ CEREBRAS_API_KEY: 'csk-wrong-key', DEEPGRAM_API_KEY: 'wrong-key' },
      },
      addresses: { groq: `${fast.url}/v1`, cerebras: `${fast.url}/v1`, deepgram: rig.ears.baseUrl },
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
    const { code, stdout } = await rig.doctor({ ...rig.vendors, ...wrong });
    expect(code).toBe(1);
    expect(stdout).toContain('FAIL  Voice');
    expect(stdout).toContain('ElevenLabs does not know this voice');
    expect(stdout).toMatch(/FAIL {2}Answers[\s\S]*claude-sonnet-5-5/);
  });

  it('says that the agent cannot run with a store that cannot be reached, and not its password', async () => {
    const { code, stdout } = await rig.doctor({
      DATABASE_URL: 'postgres://parley:secret-word@127.0.0.1:1/parley',
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}Store +PostgreSQL cannot be reached\n +-> See whether PostgreSQL runs/m);
    expect(stdout).not.toContain('secret-word');
  });

  it('tells wrong settings and a refused token with their remedies', async () => {
    const settings = await rig.doctor({ LLM: 'groq', DISCORD_TOKEN: '' });
    expect(settings.code).toBe(1);
    expect(settings.stdout).toContain('DISCORD_TOKEN is missing');
    expect(settings.stdout).toContain('GROQ_API_KEY is missing, and LLM=groq needs it');
    const token = await rig.doctor({ DISCORD_TOKEN: 'bm90.dGhl.b25l', PRICES_FILE: 'none.json' }, '--json');
    expect(token.code).toBe(1);
    expect(finding(JSON.parse(token.stdout) as Report, 'Prices')).toMatchObject({
      ...{ state: 'fails', found: 'The file of prices cannot be read' },
    });
    expect(finding(JSON.parse(token.stdout) as Report, 'Discord token')).toMatchObject({
      ...{ state: 'fails', found: 'Discord does not accept the token' },
    });
  });
});
