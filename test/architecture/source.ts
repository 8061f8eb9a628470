/** Reads TypeScript as far as the architecture rules need: code without comments and texts, and what it imports. */

export interface Import {
  specifier: string;
  /** Only a whole `import type` or `export type` is gone at run time; `import { type A }` still loads the module. */
  typeOnly: boolean;
  /** 1-based. */
  line: number;
}

/**
 * `source` with the inside of comments, strings and regular expressions turned into spaces; of the same length, with
 * the same lines. Code inside `${}` stays.
 */
export function maskSource(source: string): string {
  let masked = '';
  let at = 0;
  // For each `${` that is open: how many braces within it are.
  const templates: number[] = [];
  const keep = (length: number) => {
    masked += source.slice(at, at + length);
    at += length;
  };
  const blankTo = (end: number) => {
    masked += source.slice(at, end).replace(/[^\n]/g, ' ');
    at = end;
  };
  const blankTemplate = () => {
    const end = endOf(/\\[\s\S]|`|\$\{/g, source, at, ['`', '${']);
    blankTo(end.start);
    if (end.found === '${') templates.push(0);
    keep(end.found.length);
  };
  while (at < source.length) {
    const char = source[at]!;
    const two = source.slice(at, at + 2);
    if (two === '//') blankTo(endOf(/\n/g, source, at, ['\n']).start);
    else if (two === '/*') blankTo(endOf(/\*\//g, source, at + 2, ['*/']).start + 2);
    else if (char === '"' || char === "'") {
      keep(1);
      blankTo(endOf(/\\[\s\S]|["'\n]/g, source, at, [char, '\n']).start);
      keep(1);
    } else if (char === '`') {
      keep(1);
      blankTemplate();
    } else if (char === '/' && beginsRegExp(masked)) {
      keep(1);
      blankTo(endOf(/\\.|\[(?:\\.|[^\]\\])*\]|[/\n]/g, source, at, ['/', '\n']).start);
      keep(1);
    } else {
      const depth = templates.at(-1);
      if (char === '}' && depth === 0) {
        templates.pop();
        keep(1);
        blankTemplate();
        continue;
      }
      if (depth !== undefined && char === '{') templates[templates.length - 1] = depth + 1;
      if (depth !== undefined && char === '}') templates[templates.length - 1] = depth - 1;
      keep(1);
    }
  }
  return masked;
}

/** The first match of `pattern` from `from` on that is one of `ends`; the end of the source when there is none. */
function endOf(pattern: RegExp, source: string, from: number, ends: readonly string[]) {
  pattern.lastIndex = from;
  for (let match = pattern.exec(source); match; match = pattern.exec(source)) {
    if (ends.includes(match[0])) return { start: match.index, found: match[0] };
  }
  return { start: source.length, found: '' };
}

/** Whether a slash here begins a regular expression, and does not divide. */
const beginsRegExp = (before: string): boolean =>
  /(^|[(,=:[!&|?{};+\-*%<>~^]|\b(return|typeof|case|of|in|await|yield))\s*$/.test(before.slice(-80));

const importForms: readonly RegExp[] = [
  /\b(?:import|export)\s+(?<type>type\s+(?!from\b|,))?[\w$*\s{},]*?\bfrom\s*(?<quote>['"])(?<text> *)\k<quote>/g,
  /\bimport\s*(?<quote>['"])(?<text> *)\k<quote>/g,
  // Where a type may stand, `import('x')` is one.
  /(?<type>[:<|&]\s*|\btypeof\s+)?\bimport\s*\(\s*(?<quote>['"])(?<text> *)\k<quote>/g,
  /\brequire\s*\(\s*(?<quote>['"])(?<text> *)\k<quote>/g,
  // A worker's file.
  /\bnew\s+URL\s*\(\s*(?<quote>['"])(?<text> *)\k<quote>\s*,\s*import\.meta\.url/g,
];

/** Every module that `source` names, in order of form and line; `masked` is `maskSource(source)`. */
export function importsOf(source: string, masked: string): Import[] {
  return importForms.flatMap((form) =>
    [...masked.matchAll(form)].map((match) => {
      const { quote, text, type } = match.groups!;
      const start = match.index + match[0].lastIndexOf(`${quote}${text}${quote}`) + 1;
      return {
        specifier: source.slice(start, start + text!.length),
        typeOnly: type !== undefined,
        line: lineAt(source, start),
      };
    }),
  );
}

/** The 1-based line of a position. */
export const lineAt = (source: string, position: number): number =>
  source.slice(0, position).split('\n').length;
