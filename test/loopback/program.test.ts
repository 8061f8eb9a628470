/** `npm run loopback`: its command line, and the program itself as a process that a bot of another process uses. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Events } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { defaultKnobs } from '../../src/loopback/knobs.ts';
import { parseProgramOptions, USAGE } from '../../src/loopback/program/options.ts';
import { parseCommand } from '../../src/loopback/program/person.ts';
import { readWav, writeWav } from '../../src/loopback/program/wav.ts';
import { hear, join, login, pitchOf, tone } from './support.ts';

const MAIN = fileURLToPath(new URL('../../src/loopback/main.ts', import.meta.url));

/** The program as a child process; `printed` resolves with the first match of its output. */
function start(args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args]);
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += String(data);
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    child,
    ended,
    output: () => output,
    printed: async (pattern: RegExp) =>
      await new Promise<string>((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output);
          if (match) resolve(match[1] ?? match[0]);
        };
        listeners.add(look);
        void ended.then(() => reject(new Error(`the program ended without ${pattern}: ${output}`)));
        look();
      }),
  };
}

it('lets a bot in, gives it a command and talks to it, and ends cleanly with Ctrl+C', async () => {
  const program = start(['--talk', 'tone', '--every', '0.2', '--command', '/ping', '--seed', '3']);
  const apiUrl = await program.printed(/REST\s+(\S+)/);
  const caFile = await program.printed(/certificate\s+(\S+)/);
  const token = await program.printed(/token\s+(\S+)/);
  const lounge = await program.printed(/voice (\d+)/);
  const client = await login({ apiUrl, token, caPem: readFileSync(caFile, 'utf8') });
  client.on(Events.InteractionCreate, (interaction) => {
    if (interaction.isChatInputCommand()) void interaction.reply('pong');
  });
  await client.application.commands.set([{ name: 'ping', description: 'Answers.' }]);
  await program.printed(/Alice: \/ping -> pong/);
  program.child.stdin.write('/ping\n');
  await program.printed(/pong[\s\S]+-> pong/);

  const connection = await join(client, lounge);
  const channel = client.channels.cache.get(lounge);
  const alice = channel?.isVoiceBased() ? channel.members.find(({ user }) => !user.bot) : undefined;
  const heard = hear(connection, { id: alice?.id ?? '' });
  await heard.atLeast(30);
  expect(Math.abs(pitchOf(heard.pcm()) - 440)).toBeLessThan(25);
  connection.destroy();
  await program.printed(/the bot has left voice/);
  await client.destroy();

  program.child.kill('SIGINT');
  expect(await program.ended).toBe(0);
  expect(program.output()).toMatch(/has logged in[\s\S]+Alice speaks[\s\S]+has ended/);
  expect(existsSync(caFile)).toBe(false);
});

describe('the command line', () => {
  it('turns the knobs that it names', () => {
    const knobs = defaultKnobs();
    const options = parseProgramOptions([
      ...['--loss', '0.1', '--jitter', '30', '--speaking', 'late', '--dave', 'off'],
      ...['--knob', 'dave.plainNext=3', '--knob', 'ignoreVoiceState=true', '--knob', 'refuseVoice=4006'],
    ]);
    options.turnKnobs(knobs);
    expect(options.dave).toBe(false);
    expect(knobs).toMatchObject({
      toBot: { lossRate: 0.1, jitterMs: 30 },
      fromBot: { lossRate: 0.1, jitterMs: 30 },
      dave: { plainNext: 3 },
      ...{ announceSpeaking: 'late', ignoreVoiceState: true, refuseVoice: 4006 },
    });
  });

  it.each([
    [['--knob', 'nothing=1'], /no knob nothing/],
    [['--knob', 'toBot=1'], /no knob toBot/],
    [['--knob', 'dave.nothing=1'], /no knob dave.nothing/],
    [['--knob', 'seed.x=1'], /no knob/],
    [['--loss', 'much'], /takes a number/],
    [['--dave', 'maybe'], /--dave takes one of/],
    [['--port', '70000'], /--port takes/],
    [['--every', '0'], /--every takes/],
    [['--nonsense'], /Unknown option/],
  ])('says what is wrong with %j', (args, message) => {
    expect(() => parseProgramOptions(args).turnKnobs(defaultKnobs())).toThrow(message);
  });

  it('shows every option that it takes', () => {
    expect(parseProgramOptions(['-h']).help).toBe(true);
    for (const option of ['--talk', '--seed', '--loss', '--jitter', '--dave', '--knob'])
      expect(USAGE).toContain(option);
  });

  it('reads typed commands', () => {
    expect(parseCommand('/join')).toEqual({ name: 'join', options: {} });
    expect(parseCommand('voice set speed=2 loud=true channel=1574281035070308355')).toEqual({
      ...{ name: 'voice', subcommand: 'set' },
      options: { speed: 2, loud: true, channel: '1574281035070308355' },
    });
    expect(parseCommand('  ')).toBeNull();
  });
});

describe('WAV files', () => {
  it('are read as they were written', () => {
    const pcm = tone(440, 50);
    expect(readWav(writeWav(pcm))).toEqual(pcm);
  });

  it('of two channels at 48 kHz become one at 16 kHz', () => {
    const mono = tone(440, 60);
    const stereo = Int16Array.from(
      { length: mono.length * 2 },
      (_, i) => (mono[i >> 1] ?? 0) * (i % 2 ? 0 : 2),
    );
    const file = writeWav(stereo);
    file.writeUInt16LE(2, 22);
    file.writeUInt32LE(48_000, 24);
    const read = readWav(file);
    expect(read).toHaveLength(mono.length / 3);
    expect(Math.abs(pitchOf(read) - 1320)).toBeLessThan(40);
  });

  it.each([
    ['something else', Buffer.from('no sound at all'), /no WAV/],
    ['an empty one', writeWav(new Int16Array()).subarray(0, 36), /no sound/],
    ['eight bits', Buffer.from(writeWav(tone(440, 10))).fill(8, 34, 35), /16-bit/],
  ])('are refused when they are %s', (_, bytes, message) => {
    expect(() => readWav(bytes)).toThrow(message);
  });
});
