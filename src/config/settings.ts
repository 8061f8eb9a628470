/** Every setting of the program, in one table: the schema, `.env.example` and the README's table agree with it. */
import { z } from 'zod';
import { personaNames } from '../personas/index.ts';
import {
  botToken,
  idList,
  oneOf,
  onOff,
  optionalAmount,
  optionalPort,
  optionalUrl,
  postgresUrl,
  type Setting,
  wholeDays,
  wholeMs,
  wordList,
} from './setting.ts';
import { vendorSettings } from './vendor-settings.ts';

const addressingModes = ['auto', 'always'] as const;
const speculationDepths = ['off', 'llm', 'llm+tts'] as const;

export const settings = {
  DISCORD_TOKEN: {
    what: "The bot's token. Required, and secret.",
    default: '',
    example: '',
    remedy: 'Copy it from https://discord.com/developers/applications (your application, Bot, Reset Token).',
    schema: botToken,
  },
  DISCORD_API_URL: {
    what: 'Another address for the Discord API, such as a proxy; empty for Discord itself.',
    default: '',
    example: 'http://127.0.0.1:8080/api',
    remedy: 'Leave it empty unless you run a proxy; then give its full address.',
    schema: optionalUrl,
  },
  ALLOWED_GUILDS: {
    what: 'Ids of the servers that may use the bot, separated by commas; empty for all.',
    default: '',
    example: '81384788765712384,197038439483310086',
    remedy: 'Turn on Developer Mode in Discord, right-click the server, and choose Copy Server ID.',
    schema: idList,
  },
  WHEN_MOVED: {
    what: 'What the agent does when a moderator moves it to another voice channel.',
    default: 'follow',
    example: 'leave',
    remedy: 'Leave it empty to go on where it was put.',
    schema: oneOf(['follow', 'leave']),
  },
  PERSONA: {
    what: 'Who the agent is.',
    default: 'assistant',
    example: 'customer-service',
    remedy: 'Choose one of the personas in src/personas.',
    schema: oneOf(personaNames),
  },
  AGENT_NAMES: {
    what: 'What people call the agent, besides its name in Discord, separated by commas.',
    default: 'parley',
    example: 'parley,computer',
    remedy: 'Give at least one name.',
    schema: wordList,
  },
  ADDRESSING: {
    what: 'With several people in the channel: whether all words are meant for the agent, or it judges (auto).',
    default: 'auto',
    example: 'always',
    remedy: 'Leave it empty for auto.',
    schema: oneOf(addressingModes),
  },
  SPECULATION: {
    what: 'How far an answer is prepared before the speaker has surely finished.',
    default: 'llm+tts',
    example: 'off',
    remedy: 'Leave it empty for llm+tts, which is fastest; off costs the fewest tokens.',
    schema: oneOf(speculationDepths),
  },
  STT: {
    what: 'What turns speech into text; auto takes the first vendor that there is a key for.',
    default: 'auto',
    example: 'elevenlabs',
    remedy: 'Leave it empty for auto: without a key that is the embedded recogniser.',
    schema: oneOf(['auto', 'embedded', 'elevenlabs', 'deepgram', 'openai']),
  },
  LLM: {
    what: 'What writes the answers; auto takes the first vendor that there is a key for.',
    default: 'auto',
    example: 'anthropic',
    remedy: 'Leave it empty for auto: without a key that is the embedded responder.',
    schema: oneOf([
      'auto',
      'embedded',
      'anthropic',
      'aipaygent',
      'openai',
      'groq',
      'cerebras',
      'ollama',
      'llamacpp',
    ]),
  },
  TTS: {
    what: 'What turns text into speech; auto takes the first vendor that there is a key for.',
    default: 'auto',
    example: 'elevenlabs',
    remedy: 'Leave it empty for auto: without a key that is the embedded synthesiser.',
    schema: oneOf(['auto', 'embedded', 'elevenlabs', 'openai']),
  },
  ...vendorSettings,
  VOICE: {
    what: 'The voice of the embedded synthesiser.',
    default: 'rms',
    example: 'slt',
    remedy: 'Choose one of the voices; slt is female, the others are male.',
    schema: oneOf(['slt', 'rms', 'awb', 'kal', 'kal16']),
  },
  BUDGET_MS: {
    what: 'The response gap to keep to, in ms; /latency compares each turn with it.',
    default: '500',
    example: '500',
    remedy: 'Leave it empty for 500.',
    schema: wholeMs(50, 10_000),
  },
  DATA_DIR: {
    what: 'The folder for what must survive a restart: who opted out, the turns, what was spent (parley.db).',
    default: '.data',
    example: '/var/lib/parley',
    remedy: 'Give a folder that the program may write to.',
    schema: z.string(),
  },
  DATABASE_URL: {
    what: 'A PostgreSQL that keeps all this instead, shared by several machines; empty for the file in DATA_DIR. Secret.',
    default: '',
    example: 'postgres://parley:password@127.0.0.1:5432/parley',
    remedy: 'Leave it empty, or give it as postgres://user:password@host:port/database.',
    schema: postgresUrl,
  },
  TURN_RETENTION_DAYS: {
    what: 'How many days the measurements of a turn are kept, for /latency; never what was said.',
    default: '30',
    example: '90',
    remedy: 'Leave it empty for 30.',
    schema: wholeDays(1, 3_650),
  },
  EVENT_LOG_DIR: {
    what: 'A folder for the event log of each conversation, for npm run replay; it holds what people say. Ask them first.',
    default: '',
    example: '/var/lib/parley/events',
    remedy: 'Leave it empty to keep no event log.',
    schema: z.string(),
  },
  PRICES_FILE: {
    what: 'A JSON file with prices of your own, which add to and replace the known ones.',
    default: '',
    example: '/etc/parley/prices.json',
    remedy: 'Leave it empty for the list prices in src/money/prices.ts.',
    schema: z.string(),
  },
  DAILY_CAP_USD: {
    what: 'What paid services may cost a server a day (UTC), in US dollars; then the agent says so and leaves.',
    default: '',
    example: '1.50',
    remedy: 'Leave it empty for no limit.',
    schema: optionalAmount,
  },
  METRICS_PORT: {
    what: 'The port where /metrics (for Prometheus), /healthz and /readyz are served; empty for none, 0 for any free one.',
    default: '',
    example: '9464',
    remedy: 'Leave it empty, or give a free port.',
    schema: optionalPort,
  },
  METRICS_HOST: {
    what: 'The address that METRICS_PORT is served on; 0.0.0.0 for every network of the machine.',
    default: '127.0.0.1',
    example: '0.0.0.0',
    remedy: 'Leave it empty for this machine alone.',
    schema: z.string(),
  },
  LOG_LEVEL: {
    what: 'How much is logged.',
    default: 'info',
    example: 'debug',
    remedy: 'Leave it empty for info.',
    schema: oneOf(['debug', 'info', 'warn', 'error', 'silent']),
  },
  LOG_SPEECH: {
    what: 'Whether logs hold what people say. Ask them first.',
    default: 'off',
    example: 'on',
    remedy: 'Leave it empty for off.',
    schema: onOff,
  },
} as const satisfies Record<string, Setting>;

/** What a server may set for itself, in the words of the table. */
export const serverChoices = {
  persona: { what: settings.PERSONA.what, values: personaNames },
  addressing: { what: settings.ADDRESSING.what, values: addressingModes },
  speculation: { what: settings.SPECULATION.what, values: speculationDepths },
} as const;

export type SettingName = keyof typeof settings;

/** Each setting's value after validation. */
export type SettingValues = { [Name in SettingName]: z.output<(typeof settings)[Name]['schema']> };
