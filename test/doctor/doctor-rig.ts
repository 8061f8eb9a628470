/** `npm run doctor` as a child process, against a Discord and vendors on this machine. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Finding, Report } from '../../src/doctor/report.ts';
import { type Loopback, startLoopback } from '../../src/loopback/index.ts';
import { ANTHROPIC_KEY, startAnthropic } from '../support/vendors/anthropic.ts';
import { ELEVENLABS_KEY, LocalElevenLabs } from '../support/vendors/elevenlabs.ts';
import { ScribeVendor } from '../support/vendors/elevenlabs-scribe.ts';

const MAIN = fileURLToPath(new URL('../../src/doctor/main.ts', import.meta.url));

export interface DoctorRig {
  /** An empty folder, where it runs. */
  home: string;
  loopback: Loopback;
  ears: ScribeVendor;
  /** The settings with which all vendors here are used. */
  vendors: Record<string, string>;
  /** Runs it with these settings besides those that lead to the loopback. */
  doctor(
    env: Record<string, string>,
    ...args: string[]
  ): Promise<{ code: number | null; stdout: string; stderr: string }>;
  close(): Promise<void>;
}

export async function openDoctorRig(): Promise<DoctorRig> {
  const home = await mkdtemp(join(tmpdir(), 'parley-doctor-'));
  const loopback = await startLoopback({ identifyWindowMs: 0 });
  const mind = await startAnthropic();
  const voice = await LocalElevenLabs.start();
  const ears = await ScribeVendor.listen({ apiKey: ELEVENLABS_KEY });
  await writeFile(join(home, 'ca.pem'), loopback.caPem);
  return {
    ...{ home, loopback, ears },
    vendors: {
      ...{ ELEVENLABS_API_KEY: ELEVENLABS_KEY, ANTHROPIC_API_KEY: ANTHROPIC_KEY },
      ...{ STT_BASE_URL: ears.baseUrl, TTS_BASE_URL: voice.baseUrl, LLM_BASE_URL: mind.url },
    },
    doctor: async (env, ...args) => {
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
    },
    close: async () => {
      await Promise.all([loopback.close(), mind.close(), voice.stop(), ears.close()]);
      await rm(home, { recursive: true, force: true });
    },
  };
}

export const finding = ({ findings }: Report, what: string): Finding =>
  findings.find((one) => one.what === what)!;
