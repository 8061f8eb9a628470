/** Slash commands that are late, fail, or are no longer there: every one gets a private answer in time. */
// @module-tag fault
import type { Client } from 'discord.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ParleyError } from '../../src/base/errors.ts';
import { registerCommands } from '../../src/discord/client.ts';
import type { Command, CommandContext } from '../../src/discord/command.ts';
import { serveInteractions } from '../../src/discord/interactions.ts';
import { type Loopback, startLoopback } from '../../src/loopback/index.ts';
import { login } from '../loopback/support.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { SkippingClock } from '../support/skipping-clock.ts';

let loopback: Loopback;
let client: Client<true>;
let clock: SkippingClock;
let logged: LogLine[];
/** What the command does. */
let work: (context: CommandContext) => Promise<void>;
let stop: () => void;

const command: Command = {
  data: { name: 'work', description: 'Works.' },
  run: (context) => work(context),
};

beforeEach(async () => {
  loopback = await startLoopback();
  client = await login(loopback);
  const changed = () => loopback.log.notify();
  clock = new SkippingClock(changed);
  logged = [];
  await registerCommands(client, [command], clock, new AbortController().signal);
  stop = serve([command]);
});
afterEach(async () => {
  stop();
  await client.destroy();
  await loopback.close();
});

/** None of the commands here asks for the parts of the program. */
const serve = (commands: readonly Command[], allowedGuilds: readonly string[] = []) => {
  const log = recordingLog(logged, () => loopback.log.notify());
  return serveInteractions({ client, clock, log, commands, allowedGuilds, services: {} as never });
};
const invoke = () => loopback.command(loopback.addPerson({ name: 'Ada' }), { name: 'work' });
const callbacks = () => loopback.log.of('interaction.callback').map(({ type }) => type);
const DEFERRED = 5;
const MESSAGE = 4;

it('a command that works for long is deferred after 1.5 s, and its answer is the edit of that', async () => {
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  work = async (context) => {
    begin();
    await done;
    await context.reply('It is done.');
  };
  const answer = invoke();
  await begun;
  await clock.skip(1_400);
  expect(callbacks()).toEqual([]);
  await clock.skip(100);
  await loopback.waitFor('the deferral', () => callbacks().length === 1, 2_000);
  finish();
  expect(await answer).toMatchObject({ text: 'It is done.', private: true, edits: 1 });
  expect(callbacks()).toEqual([DEFERRED]);
  expect(clock.pending).toBe(0);
});

it('a command that fails after it was deferred says why, to the asker alone', async () => {
  const { promise: done, reject: fail } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  work = async () => {
    begin();
    await done;
  };
  const answer = invoke();
  await begun;
  await clock.skip(1_500);
  await loopback.waitFor('the deferral', () => callbacks().length === 1, 2_000);
  fail(new ParleyError('The door is shut', { code: 'SHUT', remedy: 'Open it.' }));
  expect(await answer).toMatchObject({ text: 'The door is shut. Open it.', private: true });
});

it('a command with a defect is answered without its details, which are in the log', async () => {
  work = async () => {
    throw new TypeError('undefined is not a secret');
  };
  const { text, private: isPrivate } = await invoke();
  expect(isPrivate).toBe(true);
  expect(text).toMatch(/^That did not work\. /);
  expect(text).not.toContain('undefined');
  expect(logged).toMatchObject([{ msg: 'command failed', command: 'work', code: 'COMMAND_FAILED' }]);
  expect(callbacks()).toEqual([MESSAGE]);
});

it('a command of an earlier version is answered with what to do', async () => {
  stop();
  stop = serve([]);
  expect(await invoke()).toMatchObject({ text: expect.stringContaining('Restart Discord'), private: true });
});

it('an answer whose file Discord refuses comes without it, and says so', async () => {
  const data = new Uint8Array(10_485_761);
  const description = 'words';
  const small = { name: 'small.txt', data: new Uint8Array([104, 105]), description };
  for (const deferred of [false, true]) {
    work = async (context) => {
      if (deferred) await context.defer();
      await context.reply({ text: 'All in words.', files: [{ name: 'big.png', data, description }] });
    };
    const { text, files, private: isPrivate } = await invoke();
    expect(text).toMatch(/^All in words\.\n-# Discord did not take the file/);
    expect({ files, isPrivate }).toEqual({ files: [], isPrivate: true });
    work = async (context) => {
      if (deferred) await context.defer();
      await context.reply({ text: 'Here.', files: [small] });
    };
    expect((await invoke()).files).toMatchObject([
      { name: 'small.txt', description, data: Buffer.from('hi') },
    ]);
  }
  expect(logged.filter(({ msg }) => msg === 'a file was refused')).toHaveLength(2);
});

it('names people without pinging them, in private and in public', async () => {
  const bob = loopback.addPerson({ name: 'Bob' });
  work = async (context) => {
    await context.reply(`<@${bob.id}> was here.`);
    await context.post({ text: `<@${bob.id}> was here.` });
  };
  const answer = await invoke();
  const post = await loopback.waitFor('the post', () => answer.followUps[0], 2_000);
  expect(post).toMatchObject({ text: `<@${bob.id}> was here.`, pinged: [] });
});

it('proposes what the command proposes, and nothing where that fails', async () => {
  const option = { type: 3, name: 'word', description: 'A word', autocomplete: true } as const;
  let propose: Command['complete'] = ({ option: name, text }) => [`${name} ${text}`];
  const completing: Command = {
    data: { ...command.data, options: [option] },
    run: async () => {},
    complete: (typed, program) => propose!(typed, program),
  };
  await registerCommands(client, [completing], clock, new AbortController().signal);
  stop();
  stop = serve([completing]);
  const ada = loopback.addPerson({ name: 'Ada' });
  const type = async (text: string) =>
    await loopback.autocomplete(ada, { name: 'work', options: { word: text }, focused: 'word' });
  expect(await type('hi')).toEqual([{ name: 'word hi', value: 'word hi' }]);
  propose = () => Array.from({ length: 40 }, (_, index) => `${index}`);
  expect(await type('')).toHaveLength(25);
  propose = () => {
    throw new Error('broken');
  };
  expect(await type('x')).toEqual([]);
  expect(logged).toMatchObject([{ msg: 'nothing could be proposed' }]);
});

it('in a server that is not allowed nothing is done or proposed, but what is meant for everywhere', async () => {
  let asked = 0;
  const option = { type: 3, name: 'word', description: 'A word', autocomplete: true } as const;
  const completing: Command = {
    data: { ...command.data, options: [option] },
    run: async (context) => {
      asked += 1;
      await context.reply('Done.');
    },
    complete: () => {
      asked += 1;
      return ['word'];
    },
  };
  await registerCommands(client, [completing], clock, new AbortController().signal);
  const ada = loopback.addPerson({ name: 'Ada' });
  const options = { word: 'hi' };
  const used = async (given: Command, allowed: readonly string[]) => {
    stop();
    stop = serve([given], allowed);
    const proposed = await loopback.autocomplete(ada, { name: 'work', options, focused: 'word' });
    const { text, private: isPrivate } = await loopback.command(ada, { name: 'work', options });
    return { proposed: proposed.length, text, isPrivate };
  };
  expect(await used(completing, ['123'])).toEqual({
    ...{ proposed: 0, isPrivate: true, text: expect.stringMatching(/not allowed.*ALLOWED_GUILDS/) },
  });
  expect(asked).toBe(0);
  const done = { proposed: 1, text: 'Done.' };
  expect(await used(completing, ['123', loopback.guildId])).toMatchObject(done);
  expect(await used({ ...completing, everywhere: true }, ['123'])).toMatchObject(done);
});

it('an answer that is too long is cut to what Discord takes', async () => {
  work = (context) => context.reply('x'.repeat(5_000));
  const { text } = await invoke();
  expect(text).toHaveLength(2_000);
  expect(text.endsWith('…')).toBe(true);
});
