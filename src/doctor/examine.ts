/** Looks at everything that the agent needs to run: settings, Discord, and each provider on its own endpoint. */
import { withDeadline } from '../base/deadline.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { checkDiscord } from '../discord/check.ts';
import { personas } from '../personas/index.ts';
import { cacheable } from '../providers/llm/anthropic-models.ts';
import { describeWay, locate } from '../providers/locate.ts';
import type { Providers } from '../providers/providers.ts';
import { createProviders } from '../providers/registry.ts';
import { unheardLanguage } from '../providers/stt/unheard-language.ts';
import { examineAccount } from './account.ts';
import { adviceFor } from './advice.ts';
import { examineModels } from './models.ts';
import { contextOf, type ExamineOptions } from './options.ts';
import { examinePrices } from './prices.ts';
import { type Finding, failed, type Report } from './report.ts';
import { examineSpareKeys } from './spare-keys.ts';
import { examineStage, STAGES } from './stages.ts';
import { examineStore } from './store.ts';

const DISCORD_WITHIN_MS = 35_000;

/** Never rejects for what is wrong with the set-up: that is what the report says. */
export async function examine(options: ExamineOptions): Promise<Report> {
  const { env, progress } = options;
  progress('reading the settings');
  let config: Config;
  try {
    config = loadConfig(env);
  } catch (error) {
    return reportOf([failed('Settings', error)]);
  }
  const findings: Finding[] = [{ what: 'Settings', state: 'ok', found: 'all understood', remedy: null }];
  findings.push(...(await examineDiscord(config, options)), await examineStore(config, options));
  const { clock, log } = options;
  progress('measuring the way to the providers');
  const { choice, roundTrips } = await locate(config.providers, { clock, log });
  let providers: Providers;
  try {
    providers = createProviders(choice, contextOf(config, options));
  } catch (error) {
    return reportOf([...findings, failed('Providers', error)]);
  }
  for (const stage of ['stt', 'llm', 'tts'] as const) {
    progress(`trying: ${STAGES[stage]} by ${providers[stage].name}`);
    const way = describeWay(roundTrips[stage]);
    findings.push(await examineStage(stage, providers, way, clock));
  }
  const unheard = unheardLanguage(providers.stt, choice.stt.language);
  if (unheard) findings.push({ ...failed('Language', unheard), state: 'warns' });
  findings.push(...examineModels(config.providers, providers), await examinePrices(config, providers));
  const { model } = providers.llm;
  if (['anthropic', 'aipaygent'].includes(choice.llm.provider) && model) {
    findings.push(caching(model, personas[config.persona]));
  }
  const account = await examineAccount(choice, options);
  const spare = await examineSpareKeys(config, options);
  return reportOf([...findings, ...account.findings, ...spare], adviceFor(findings, choice), account.voices);
}

async function examineDiscord({ discord }: Config, options: ExamineOptions): Promise<Finding[]> {
  const { clock, log, progress } = options;
  progress('logging in to Discord');
  const deadline = { clock, afterMs: DISCORD_WITHIN_MS, what: 'Discord', remedy: 'Check the network.' };
  try {
    const { name, servers, inviteLink } = await withDeadline(deadline, () =>
      checkDiscord({ ...discord, clock, log }),
    );
    const intents = 'Guilds and GuildVoiceStates, none of them privileged';
    const findings: Finding[] = [
      { what: 'Discord token', state: 'ok', found: `logs in as ${name}`, remedy: null },
      { what: 'Discord intents', state: 'ok', found: `accepted: ${intents}`, remedy: null },
    ];
    if (servers.length === 0) {
      const remedy = `Add it to one: ${inviteLink}`;
      findings.push({ what: 'Servers', state: 'warns', found: 'the agent is in none', remedy });
    }
    return [...findings, ...servers.map(serverFinding)];
  } catch (error) {
    return [failed('Discord token', error)];
  }
}

function serverFinding({ name, missing }: { name: string; missing: readonly string[] }): Finding {
  const what = `Server "${name}"`;
  if (missing.length === 0) return { what, state: 'ok', found: 'has all permissions', remedy: null };
  const remedy = 'Give its role these under Server Settings, Roles; or invite it again.';
  return { what, state: 'warns', found: `lacks ${missing.join(', ')}`, remedy };
}

function caching(model: string, prompt: string): Finding {
  const { cacheable: does, tokens, minimumTokens } = cacheable(model, prompt);
  const found = does
    ? `the prompt (about ${tokens} tokens) is cached`
    : `would do nothing: the prompt has about ${tokens} tokens, and ${model} caches from ${minimumTokens} on`;
  return { what: 'Prompt caching', state: 'ok', found, remedy: null };
}

const reportOf = (
  findings: readonly Finding[],
  advice: readonly string[] = [],
  voices: Report['voices'] = [],
): Report => ({ canRun: findings.every(({ state }) => state !== 'fails'), findings, advice, voices });
