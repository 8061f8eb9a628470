/** The file of opted-out users: read with suspicion, replaced as a whole or not at all. */
import { access, constants, mkdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ParleyError } from '../base/errors.ts';
import { writeWhole } from './whole-file.ts';

const fileSchema = z.object({ version: z.literal(1), optedOut: z.array(z.string().regex(/^\d{1,20}$/)) });

/**
 * The user ids in the file at `path`; none when there is no such file. A file that makes no sense is kept aside as
 * `PATH.corrupt`, and as long as that one stands alone the program refuses to start: it cannot know whom to ignore.
 * Rejects with a ParleyError (`CONSENT_CORRUPT`, `CONSENT_UNREADABLE`).
 */
export async function loadOptedOut(path: string): Promise<Set<string>> {
  const text = await readIfThere(path);
  if (text === null) {
    if (await exists(asidePath(path))) throw corrupt(path);
    return new Set();
  }
  try {
    return new Set(fileSchema.parse(JSON.parse(text)).optedOut);
  } catch (cause) {
    await rename(path, asidePath(path)).catch((error) => Promise.reject(unreadable(path, error)));
    throw corrupt(path, cause);
  }
}

/** Replaces the file at `path`; after a crash it holds the old list or the new one, never half of one. */
export async function saveOptedOut(path: string, userIds: Iterable<string>): Promise<void> {
  const text = `${JSON.stringify({ version: 1, optedOut: [...userIds] }, null, 2)}\n`;
  await writeWhole(path, text);
}

/** Whether the folder of `path` is there, or can be made, and can be written to. */
export async function canSave(path: string): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await access(dirname(path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const asidePath = (path: string): string => `${path}.corrupt`;

async function readIfThere(path: string): Promise<string | null> {
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

function corrupt(path: string, cause?: unknown): ParleyError {
  return new ParleyError(
    `The list of people who opted out of being heard is damaged, kept as ${asidePath(path)}`,
    {
      code: 'CONSENT_CORRUPT',
      remedy: `Repair that file or take it from a backup, and put it back as ${path}; delete it only if nobody had opted out.`,
      cause,
    },
  );
}

function unreadable(path: string, cause: unknown): ParleyError {
  return new ParleyError(`The list of people who opted out of being heard cannot be read: ${path}`, {
    code: 'CONSENT_UNREADABLE',
    remedy: 'Let the program read and write that file, or point DATA_DIR elsewhere.',
    cause,
  });
}
