/** From the environment to one typed, validated Config; every problem is reported at once, with its remedy. */
import { ParleyError } from '../base/errors.ts';
import type { ProviderChoice } from '../providers/choice.ts';
import type { TelemetryChoice } from '../telemetry/choice.ts';
import { type KeyedVendor, keyedVendors } from './keyed.ts';
import type { Setting } from './setting.ts';
import { type SettingName, type SettingValues, settings } from './settings.ts';
import { providerChoice } from './stages.ts';
import { telemetryChoice } from './telemetry.ts';

export interface Config {
  discord: {
    token: string;
    /** Null for Discord's own. Without a trailing slash. */
    apiUrl: string | null;
  };
  /** Empty: every server. */
  allowedGuilds: readonly string[];
  /** When a moderator moves the agent to another channel. */
  whenMoved: SettingValues['WHEN_MOVED'];
  persona: SettingValues['PERSONA'];
  agentNames: readonly string[];
  addressing: SettingValues['ADDRESSING'];
  speculation: SettingValues['SPECULATION'];
  /** Holds keys: never to be logged. */
  providers: ProviderChoice;
  /** Whose keys are set, whether chosen or not. Holds keys: never to be logged. */
  keyed: readonly KeyedVendor[];
  /** The response gap to keep to. */
  budgetMs: number;
  store: {
    /** As given: relative to the working directory, or absolute. */
    dataDir: string;
    /** PostgreSQL; null for a file in `dataDir`. Holds a password: never to be logged. */
    databaseUrl: string | null;
    turnRetentionDays: number;
  };
  /** Null: no event log is kept. */
  eventLogDir: string | null;
  /** Null: the prices that the program knows. */
  pricesFile: string | null;
  /** What a server may cost a day, in USD; null without a limit. */
  dailyCapUsd: number | null;
  telemetry: TelemetryChoice;
  logLevel: SettingValues['LOG_LEVEL'];
  logSpeech: boolean;
}

/**
 * Reads the settings out of `env` (`process.env`). A variable that is absent or blank has its default.
 * Throws one ParleyError (`CONFIG_INVALID`) whose message names each wrong setting, what is wrong and its remedy;
 * it never holds a value that was given.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const { values, providers } = readSettings(env);
  const { METRICS_PORT: port, METRICS_HOST: host } = values;
  return {
    discord: { token: values.DISCORD_TOKEN, apiUrl: values.DISCORD_API_URL },
    allowedGuilds: values.ALLOWED_GUILDS,
    whenMoved: values.WHEN_MOVED,
    persona: values.PERSONA,
    agentNames: values.AGENT_NAMES,
    addressing: values.ADDRESSING,
    speculation: values.SPECULATION,
    providers,
    keyed: keyedVendors(values, providers),
    budgetMs: values.BUDGET_MS,
    store: {
      dataDir: values.DATA_DIR,
      databaseUrl: values.DATABASE_URL,
      turnRetentionDays: values.TURN_RETENTION_DAYS,
    },
    eventLogDir: values.EVENT_LOG_DIR || null,
    pricesFile: values.PRICES_FILE || null,
    dailyCapUsd: values.DAILY_CAP_USD,
    telemetry: telemetryChoice(env, port === null ? null : { host, port }),
    logLevel: values.LOG_LEVEL,
    logSpeech: values.LOG_SPEECH,
  };
}

function readSettings(env: Readonly<Record<string, string | undefined>>): {
  values: SettingValues;
  providers: ProviderChoice;
} {
  const values: Partial<Record<SettingName, unknown>> = {};
  const problems: string[] = [];
  for (const [name, setting] of Object.entries(settings) as [SettingName, Setting][]) {
    const given = env[name]?.trim() ?? '';
    const result = setting.schema.safeParse(given === '' ? setting.default : given);
    if (result.success) values[name] = result.data;
    else problems.push(`${name} ${result.error.issues[0]!.message}. ${setting.remedy}`);
  }
  const providers = providerChoice(values as Partial<SettingValues>, problems);
  if (problems.length > 0) throw invalid(problems);
  return { values: values as SettingValues, providers };
}

function invalid(problems: readonly string[]): ParleyError {
  const count = problems.length === 1 ? 'One setting is wrong' : `${problems.length} settings are wrong`;
  return new ParleyError([`${count}:`, ...problems.map((problem) => `  - ${problem}`)].join('\n'), {
    code: 'CONFIG_INVALID',
    remedy:
      'Correct the above in .env (.env.example explains each setting) or in the environment, and start again.',
  });
}
