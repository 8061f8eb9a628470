/** Takes over, once, what earlier versions kept in files of their own: who opted out, and what was spent today. */
import { readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ParleyError } from '../base/errors.ts';
import type { Database } from './database.ts';
import { saveUsage, takeOverOptOuts } from './shared-tables.ts';

/** Loaded only where there is such a file: the library behind it takes a while. */
const schemas = async () => await import('./earlier-schemas.ts');

/**
 * Each file is renamed once its content is in the database. A list of opt-outs that makes no sense is kept aside, and
 * as long as that one lies there the program cannot know whom to ignore. Rejects with a ParleyError
 * (`CONSENT_CORRUPT`, `CONSENT_UNREADABLE`).
 */
export async function takeOverEarlierFiles(database: Database, dataDir: string): Promise<void> {
  await takeOverConsent(database, join(dataDir, 'consent.json'));
  await takeOverSpend(database, join(dataDir, 'spend.json'));
}

const takenOver = (path: string): string => `${path}.taken-over`;
const asidePath = (path: string): string => `${path}.corrupt`;

async function takeOverConsent(database: Database, path: string): Promise<void> {
  const text = await read(path);
  if (text === null) {
    if (await exists(asidePath(path))) throw corrupt(path);
    return;
  }
  const { consentSchema } = await schemas();
  let userIds: string[];
  try {
    userIds = consentSchema.parse(JSON.parse(text)).optedOut;
  } catch (cause) {
    await rename(path, asidePath(path));
    throw corrupt(path, cause);
  }
  await takeOverOptOuts(database, userIds);
  await rename(path, takenOver(path));
}

/** One that makes no sense costs no more than the count of one day. */
async function takeOverSpend(database: Database, path: string): Promise<void> {
  const text = await read(path);
  if (text === null) return;
  const { spendSchema } = await schemas();
  const spend = spendSchema.safeParse(parsed(text)).data;
  const usage = Object.entries(spend?.guilds ?? {}).flatMap(([guildId, services]) =>
    Object.entries(services).map(([service, used]) => ({ day: spend!.day, guildId, service, used })),
  );
  await saveUsage(database, 'spend.json', usage);
  await rename(path, takenOver(path));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw unreadable(path, error);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw unreadable(path, error);
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const corrupt = (path: string, cause?: unknown): ParleyError =>
  new ParleyError(`The list of people who opted out of being heard is damaged, kept as ${asidePath(path)}`, {
    code: 'CONSENT_CORRUPT',
    remedy: `Repair that file or take it from a backup, and put it back as ${path}; delete it only if nobody had opted out.`,
    cause,
  });

const unreadable = (path: string, cause: unknown): ParleyError =>
  new ParleyError(`The list of people who opted out of being heard cannot be read: ${path}`, {
    code: 'CONSENT_UNREADABLE',
    remedy: 'Let the program read and write that file, or point DATA_DIR elsewhere.',
    cause,
  });
