/** Whether the store can be written and is sound: without it nobody knows who opted out, and the agent does not start. */
import type { Config } from '../config/config.ts';
import { checkStore } from '../store/check.ts';
import type { ExamineOptions } from './options.ts';
import { type Finding, failed } from './report.ts';

const WHAT = 'Store';

export async function examineStore({ store }: Config, { clock, progress }: ExamineOptions): Promise<Finding> {
  progress(`looking at the store: ${store.databaseUrl === null ? 'a file' : 'PostgreSQL'}`);
  try {
    const { remedy, ...rest } = await checkStore(store, clock);
    return { what: WHAT, state: remedy === null ? 'ok' : 'warns', remedy, ...rest };
  } catch (error) {
    return failed(WHAT, error);
  }
}
