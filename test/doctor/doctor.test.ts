/** `npm run doctor`, when all is well: what it finds, measures and advises. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../src/doctor/report.ts';
import { ANTHROPIC_KEY } from '../support/vendors/anthropic.ts';
import { ELEVENLABS_KEY } from '../support/vendors/elevenlabs.ts';
import { type DoctorRig, finding, openDoctorRig } from './doctor-rig.ts';

let rig: DoctorRig;
beforeEach(async () => {
  rig = await openDoctorRig();
});
afterEach(() => rig.close());

describe('doctor', () => {
  it('finds a sound set-up sound, measures it, and lists what there is to choose', async () => {
    const { code, stdout, stderr } = await rig.doctor(rig.vendors, '--json');
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
      `SQLite in ${join(rig.home, '.data', 'parley.db')}: is made at the first start`,
    );
    expect(report.voices).toContainEqual({ id: 'JBFqnCBsd6RMkjVDRZzb', name: 'George' });
    for (const secret of [ELEVENLABS_KEY, ANTHROPIC_KEY, rig.loopback.token])
      expect(stdout).not.toContain(secret);
  });

  it('runs without any key, and advises to set one', async () => {
    const { code, stdout } = await rig.doctor({});
    expect(code).toBe(0);
    expect(stdout).toContain('Advice:\n  - Everything is embedded');
    expect(stdout).toContain('The agent can run.');
  });
});
