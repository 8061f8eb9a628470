/** The database goes away while people talk: the talk goes on, /latency says so, and nothing is missing afterwards. */
// @module-tag fault
import { afterEach, describe, expect, it } from 'vitest';
import { type Bot, startBot } from '../support/bot.ts';
import { type EmptyDatabase, emptyPostgres, hasPostgres } from '../support/databases.ts';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy.ts';

let bot: Bot | null = null;
let empty: EmptyDatabase | null = null;
let proxy: TcpProxy | null = null;
afterEach(async () => {
  await bot?.stop();
  await proxy?.close();
  await empty?.drop();
});

describe.skipIf(!hasPostgres())('a database that goes away', () => {
  it('does not end the talk, and gets all of it later', async () => {
    const made = await emptyPostgres();
    empty = made;
    proxy = await tcpProxy(made.place.url);
    bot = await startBot({ realStore: true, env: { DATABASE_URL: proxy.url } });
    const ada = await bot.joined();
    await bot.turn(ada);
    expect((await bot.command(ada, 'latency stats')).text).toContain('1 turn: 1 answered');
    await proxy.cut();
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
    expect((await bot.command(ada, 'latency stats')).text).toBe(
      'I cannot read the turns that I have kept at the moment. Try again in a minute; if it stays, the person who runs me finds the reason in the log.',
    );
    expect((await bot.command(ada, 'privacy opt-out')).text).toBe(
      'This applies from now on, but could not be saved yet, so a restart may undo it. Tell whoever runs this bot, and use the command again later.',
    );
    const { logged } = bot;
    const told = () => logged.filter(({ code }) => code === 'STORE_UNREACHABLE');
    await bot.waitFor('the operator to be told', () => told().length > 0);
    await proxy.mend();
    await bot.waitFor('the store to work again', () =>
      logged.some(({ msg }) => msg === 'the store works again'),
    );
    expect((await bot.command(ada, 'latency stats')).text).toContain('2 turns: 2 answered');
    expect((await bot.command(ada, 'privacy opt-in')).text).toContain('I hear you again');
  });
});
