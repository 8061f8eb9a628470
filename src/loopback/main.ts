/** `npm run loopback`: the loopback Discord by itself, for any bot to log in to. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Loopback, startLoopback } from './index.ts';
import { type ProgramOptions, parseProgramOptions, USAGE } from './program/options.ts';
import { ProgramPerson } from './program/person.ts';
import { watch } from './program/watch.ts';
import { writeWav } from './program/wav.ts';

const print = (text: string) => process.stdout.write(`${text}\n`);
const say = (text: string) => print(`${new Date().toTimeString().slice(0, 8)}  ${text}`);

function introduction(loopback: Loopback, caFile: string, person: string): string {
  const { apiUrl, gatewayUrl, voiceEndpoint, token, guilds } = loopback;
  const settings = `NODE_EXTRA_CA_CERTS=${caFile} DISCORD_API_URL=${apiUrl} DISCORD_TOKEN=${token}`;
  return [
    'A Discord is running on this machine.',
    `  REST         ${apiUrl}`,
    `  gateway      ${gatewayUrl}`,
    `  voice        wss://${voiceEndpoint}`,
    `  token        ${token}`,
    `  certificate  ${caFile}`,
    ...guilds.map(
      ({ name, id, voiceChannelIds }) => `  server       ${name} ${id}, voice ${voiceChannelIds.join(', ')}`,
    ),
    '',
    'Start the bot in another terminal:',
    `  ${settings} npm start`,
    '',
    `${person} sits in the first voice channel. A line such as /join gives that command as ${person}. Ctrl+C ends.`,
  ].join('\n');
}

async function run(options: ProgramOptions): Promise<void> {
  const { port, token, seed, dave } = options;
  const loopback = await startLoopback({ port, seed, dave, ...(token === null ? {} : { token }) });
  const folder = options.caFile === null ? await mkdtemp(join(tmpdir(), 'loopback-')) : null;
  try {
    const caFile = options.caFile ?? join(folder ?? '', 'ca.pem');
    await writeFile(caFile, loopback.caPem);
    await perform(loopback, options, caFile);
  } finally {
    await loopback.close();
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  }
  print('The Discord on this machine has ended.');
}

/** Until Ctrl+C. */
async function perform(loopback: Loopback, options: ProgramOptions, caFile: string): Promise<void> {
  const startMs = performance.now();
  options.turnKnobs(loopback.knobs);
  for (let n = 2; n <= options.guilds; n++) loopback.addGuild({ name: `Loopback ${n}` });
  const person = await ProgramPerson.open(loopback, options, say);
  const stopWatching = watch(loopback, options.verbose, say);
  const typed = createInterface({ input: process.stdin });
  typed.on('line', (line) => void person.give(line));
  const ended = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  print(introduction(loopback, caFile, person.name));
  await ended;

  person.stop();
  stopWatching();
  typed.close();
  process.stdin.destroy();
  if (options.record === null) return;
  await writeFile(options.record, writeWav(loopback.room.recording(startMs, performance.now())));
  print(`What the bot said is in ${options.record}.`);
}

try {
  const options = parseProgramOptions(process.argv.slice(2));
  if (options.help) print(USAGE);
  else await run(options);
} catch (error) {
  process.stderr.write(
    `${error instanceof Error ? error.message : String(error)}\nSee: npm run loopback -- --help\n`,
  );
  process.exit(1);
}
