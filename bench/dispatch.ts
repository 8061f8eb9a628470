/** Finds a benchmark by name, runs it, and writes its result: for people, or as one JSON object for scripts. */
import { readdirSync } from 'node:fs';
import { ParleyError } from '../src/base/errors.ts';

export interface BenchContext {
  /** What stood on the command line after the name, without `--json`. */
  args: readonly string[];
  /** Tells people how far it is. */
  progress(text: string): void;
}

/** What a file `bench/NAME.ts` exports. */
export interface Bench<Result = unknown> {
  /** Measures; the result is what `--json` prints. Throws a ParleyError for wrong arguments. */
  run(context: BenchContext): Promise<Result>;
  /** The result for people. */
  render(result: Result): string;
}

export interface DispatchOptions {
  /** Where the benchmarks are: each `.ts` file but the dispatcher's own. */
  directory: URL;
  /** Writes one line to where results go, or to where everything else goes. */
  out(line: string): void;
  err(line: string): void;
}

const ownFiles = ['main.ts', 'dispatch.ts'];

/** Runs the benchmark that `argv` (without `node` and the script) names. Resolves with the exit code. */
export async function dispatch(argv: readonly string[], options: DispatchOptions): Promise<number> {
  const json = argv.includes('--json');
  const [name, ...args] = argv.filter((arg) => arg !== '--json');
  const names = readdirSync(options.directory)
    .filter((file) => file.endsWith('.ts') && !ownFiles.includes(file))
    .map((file) => file.slice(0, -'.ts'.length));
  if (name === undefined || !names.includes(name)) {
    const what = name === undefined ? 'Which benchmark?' : `There is no benchmark "${name}".`;
    const list =
      names.length === 0 ? 'There are none yet.' : `Choose one of: ${names.toSorted().join(', ')}.`;
    options.err(`${what} ${list}\nUse: npm run --silent bench -- NAME [--json] [arguments]`);
    return 1;
  }
  try {
    const { href } = new URL(`${name}.ts`, options.directory);
    const bench = (await import(href)) as Bench;
    const result = await bench.run({ args, progress: options.err });
    options.out(json ? JSON.stringify(result) : bench.render(result));
    return 0;
  } catch (error) {
    options.err(describe(error));
    return 1;
  }
}

function describe(error: unknown): string {
  if (error instanceof ParleyError) return `${error.message}. ${error.remedy}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
