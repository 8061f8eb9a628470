/** The rules of the house: which part may import which, who may read the clock, and how a file looks. */
import { posix } from 'node:path';
import { type Import, importsOf, lineAt, maskSource } from './source.ts';

export const MAX_LINES = 350;

/** What a part may import besides itself: at run time, and as types alone. */
interface Arrows {
  values: readonly string[];
  types: readonly string[];
}

/** `demo` and `bench` may use anything; nothing may use them. */
const free = ['demo', 'bench'];

const arrows: Readonly<Record<string, Arrows>> = {
  base: { values: [], types: [] },
  audio: { values: ['base'], types: [] },
  turn: { values: [], types: ['base'] },
  // The mind among modelled people and providers: nothing of the world.
  simulation: { values: ['base', 'turn', 'latency'], types: [] },
  personas: { values: [], types: [] },
  config: { values: ['base', 'personas'], types: ['providers', 'telemetry'] },
  money: { values: ['base'], types: ['providers'] },
  latency: { values: ['base', 'audio'], types: ['money'] },
  pictures: { values: ['base', 'latency'], types: [] },
  providers: { values: ['base', 'audio'], types: [] },
  telemetry: { values: ['base', 'latency'], types: [] },
  store: { values: ['base', 'audio', 'latency', 'money'], types: [] },
  conversation: { values: ['base', 'audio', 'turn', 'latency', 'contract'], types: ['providers'] },
  discord: { values: ['base', 'audio'], types: ['conversation', 'latency', 'pictures'] },
  // Rendering is pure; all that touches the world comes with a command's context.
  commands: { values: ['latency'], types: ['discord', 'pictures'] },
  app: {
    values: [
      'base',
      'audio',
      'config',
      'conversation',
      'discord',
      'latency',
      'money',
      'personas',
      'pictures',
      'providers',
      'store',
      'telemetry',
    ],
    types: ['turn'],
  },
  doctor: { values: ['base', 'config', 'discord', 'money', 'personas', 'providers', 'store'], types: [] },
  main: { values: ['app', 'base', 'commands', 'config'], types: [] },
  loopback: { values: [], types: [] },
  start: { values: ['main'], types: [] },
};

/** Who may load Discord's libraries, and who may at least name their types. */
const discordPackages = /^(discord\.js|discord-api-types|@discordjs\/(?!opus\b))/;
const discordTypes = ['discord', 'commands', 'app'];

/** Where time comes from, or stands in for the world. */
const clockFree = /^src\/(base\/clock\.ts|loopback\/|demo\/)/;
const clockReads =
  /\b(Date\.now|performance\.now|process\.hrtime|setTimeout|setInterval|AbortSignal\.timeout)\b|\bnew\s+Date\b(?!\s*\(\s*[^\s)])/g;
/** The entry hands the wall clock to the parts that stamp records with it. */
const wallClockAt = 'src/main.ts';

const impure = /\b(async|await|Promise|Date|Math\.random|process|console)\b/g;

/** The broken rules of one file, as "path:line: rule". @param path from the root of the repository, with slashes. */
export function violationsOf(path: string, source: string): string[] {
  const found: string[] = [];
  const report = (line: number, rule: string) => found.push(`${path}:${line}: ${rule}`);
  if (!/^(#!.*\n)?\/\*\*/.test(source)) report(1, 'a file opens with its purpose, in /** */');
  const lines = source.split('\n').length - 1;
  if (lines > MAX_LINES) report(lines, `a file has at most ${MAX_LINES} lines`);

  const part = partOf(path);
  const masked = maskSource(source);
  for (const one of importsOf(source, masked)) {
    const rule = importRule(path, part, one);
    if (rule !== null) report(one.line, rule);
  }
  const reportAll = (pattern: RegExp, rule: string) => {
    for (const match of masked.matchAll(pattern))
      report(lineAt(source, match.index), `${match[0].trim()}: ${rule}`);
  };
  if (path.startsWith('src/') && !clockFree.test(path)) {
    const reads =
      path === wallClockAt ? new RegExp(clockReads.source.replace('Date\\.now|', ''), 'g') : clockReads;
    reportAll(reads, 'time comes from the injected Clock of src/base/clock.ts');
  }
  if (part === 'turn') reportAll(impure, 'turn/ is pure: no I/O, promises, dates or chance');
  return found;
}

/** The part of the house that a file belongs to. */
function partOf(path: string): string {
  const [top, folder, ...rest] = path.split('/');
  if (top === 'start.js') return 'start';
  if (top !== 'src') return top!;
  if (rest.length > 0) return folder!;
  return folder === 'main.ts' ? 'main' : 'app';
}

function importRule(path: string, part: string, { specifier, typeOnly }: Import): string | null {
  if (specifier.startsWith('.')) return arrowRule(part, posix.join(posix.dirname(path), specifier), typeOnly);
  if (part === 'turn') return `turn/ imports only types of base/, not ${specifier}`;
  if (/^(node:)?timers\/promises$/.test(specifier) && path.startsWith('src/') && !clockFree.test(path)) {
    return 'time comes from the injected Clock of src/base/clock.ts';
  }
  if (discordPackages.test(specifier) && part !== 'discord' && !free.includes(part)) {
    if (!typeOnly) return `only src/discord loads ${specifier}`;
    if (!discordTypes.includes(part))
      return `only src/discord, src/app.ts and commands/ name types of ${specifier}`;
  }
  return null;
}

function arrowRule(part: string, target: string, typeOnly: boolean): string | null {
  const to = partOf(target);
  if (to === part || target === 'package.json') return null;
  // A benchmark may share the doubles of the tests, not the tests themselves.
  if (part === 'bench' && target.startsWith('test/support/')) return null;
  if (to === 'test') return 'the product does not import its tests';
  if (free.includes(part)) return null;
  const allowed = arrows[part];
  if (!allowed) return `"${part}" is a new part: say in test/architecture/rules.ts what it may import`;
  // The file src/providers/KIND/KIND.ts is the contract of that kind.
  const names = /^src\/providers\/(\w+)\/\1\.ts$/.test(target) ? [to, 'contract'] : [to];
  if (names.some((name) => allowed.values.includes(name))) return null;
  if (!names.some((name) => allowed.types.includes(name))) return `${part} may not import ${to}`;
  return typeOnly ? null : `${part} may import only types of ${to}`;
}
