/** Debian's Prometheus in a process of its own, which asks one address for metrics, once a second. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PrometheusOptions {
  /** "127.0.0.1:9464". */
  target: string;
  /** Files with alerts. */
  rules: readonly string[];
}

/** One series of an answer; NaN where there is no number. */
export interface Series {
  labels: Record<string, string>;
  value: number;
}

/** Nothing here takes longer on a busy machine. */
const DEADLINE_MS = 30_000;
const LOOK_EVERY_MS = 100;

export const isInstalled = (name: 'prometheus' | 'promtool'): boolean =>
  spawnSync(name, ['--version']).error === undefined;

export class Prometheus {
  readonly #url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.#url = url;
    this.#stop = stop;
  }

  static async start({ target, rules }: PrometheusOptions): Promise<Prometheus> {
    const home = await mkdtemp(join(tmpdir(), 'parley-prometheus-'));
    const config = join(home, 'prometheus.yml');
    // JSON is YAML.
    const settings = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: rules,
      scrape_configs: [{ job_name: 'parley', static_configs: [{ targets: [target] }] }],
    };
    await writeFile(config, JSON.stringify(settings));
    const listen = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(home, 'data')}`,
        `--web.listen-address=${listen}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const fail = () => reject(new Error(`Prometheus did not start: ${said}`));
      const deadline = setTimeout(fail, DEADLINE_MS);
      child.once('exit', fail);
      child.stderr.on('data', (data) => {
        said += String(data);
        if (!said.includes('Server is ready to receive web requests')) return;
        clearTimeout(deadline);
        child.off('exit', fail);
        resolve();
      });
    });
    return new Prometheus(`http://${listen}`, async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      await rm(home, { recursive: true, force: true });
    });
  }

  /** What an expression says now: throws with Prometheus' own words when it is wrong. */
  async ask(expression: string): Promise<Series[]> {
    const { resultType, result } = await this.#get(`query?query=${encodeURIComponent(expression)}`);
    if (resultType === 'scalar') return [{ labels: {}, value: Number((result as [number, string])[1]) }];
    return (result as { metric: Record<string, string>; value: [number, string] }[]).map(
      ({ metric, value }) => ({ labels: metric, value: Number(value[1]) }),
    );
  }

  /** Resolves once `expression` says `value`: there is no event to wait for in another program. */
  async until(expression: string, value: number): Promise<void> {
    const giveUpMs = performance.now() + DEADLINE_MS;
    for (;;) {
      const series = await this.ask(expression);
      if (series.length === 1 && series[0]!.value === value) return;
      if (performance.now() > giveUpMs)
        throw new Error(`${expression} is ${JSON.stringify(series)}, not ${value}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Every alert with how Prometheus fares with it. */
  async alerts(): Promise<{ name: string; health: string; state: string }[]> {
    const { groups } = await this.#get('rules');
    return (groups as { rules: { name: string; health: string; state: string }[] }[]).flatMap(
      ({ rules }) => rules,
    );
  }

  async stop(): Promise<void> {
    await this.#stop();
  }

  async #get(path: string): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.#url}/api/v1/${path}`);
    const { status, data, error } = (await response.json()) as {
      status: string;
      data: Record<string, unknown>;
      error?: string;
    };
    if (status !== 'success') throw new Error(`Prometheus refuses ${decodeURIComponent(path)}: ${error}`);
    return data;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
