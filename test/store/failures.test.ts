/** What PostgreSQL and its driver refuse is told for what it is: what took too long is not a lost connection. */
// @module-tag fault
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { failureOf, isConnectionLost } from '../../src/store/failures.ts';
import { migrate } from '../../src/store/migrations.ts';
import { emptyPostgres, hasPostgres } from '../support/databases.ts';

const place = { url: 'postgres://parley:secret-word@db/parley' };
const thrownBy = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

describe('a failure of the driver', () => {
  it.each([
    ...['timeout exceeded when trying to connect', 'Query read timeout', 'timeout expired'],
    ...['Connection terminated unexpectedly', 'Cannot use a pool after calling end on the pool'],
    ...['Client was closed and is not queryable', 'driver has already been destroyed'],
  ])('"%s" is a lost connection', (message) => {
    const error = new Error(message);
    expect(isConnectionLost(error)).toBe(true);
    expect(failureOf(error, place).code).toBe('STORE_UNREACHABLE');
  });

  it('of any other time limit is none', () => {
    expect(isConnectionLost(new Error('idle timeout of something else'))).toBe(false);
  });
});

describe.skipIf(!hasPostgres())('PostgreSQL', () => {
  let database: Database;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const empty = await emptyPostgres();
    drop = empty.drop;
    database = await openDatabase(empty.place);
    await migrate(database);
  });
  afterAll(async () => {
    await database.db.destroy();
    await drop();
  });

  it('gives up a statement that takes too long: the connection is kept, the remedy is another', async () => {
    const error = await thrownBy(
      database.db.connection().execute(async (one) => {
        await sql`set statement_timeout = 10`.execute(one);
        await sql`select pg_sleep(20)`.execute(one);
      }),
    );
    expect(isConnectionLost(error)).toBe(false);
    expect(failureOf(error, place)).toMatchObject({
      code: 'STORE_SLOW',
      remedy: expect.stringContaining('pg_stat_activity'),
    });
  });

  it('waits no longer for a lock: so with that', async () => {
    const error = await database.db.transaction().execute(async (holder) => {
      await sql`lock table consent`.execute(holder);
      return await thrownBy(
        database.db.transaction().execute(async (other) => {
          await sql`set local lock_timeout = 10`.execute(other);
          await sql`lock table consent`.execute(other);
        }),
      );
    });
    expect(isConnectionLost(error)).toBe(false);
    expect(failureOf(error, place)).toMatchObject({
      code: 'STORE_LOCKED',
      remedy: expect.stringContaining('pg_locks'),
    });
  });
});
