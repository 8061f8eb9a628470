/** Keys that are set for vendors that nothing was chosen of: a wrong one would be found out on the day it is needed. */
import type { Config } from '../config/config.ts';
import type { KeyedVendor } from '../config/keyed.ts';
import { embeddedChoice, type ProviderChoice } from '../providers/choice.ts';
import { locate } from '../providers/locate.ts';
import { createProviders } from '../providers/registry.ts';
import { contextOf, type ExamineOptions } from './options.ts';
import { type Finding, failed } from './report.ts';
import { examineStage, type Stage } from './stages.ts';

/** At most warnings: the agent runs without them. */
export async function examineSpareKeys(config: Config, options: ExamineOptions): Promise<Finding[]> {
  const used = Object.values(config.providers).map(({ provider }) => provider as string);
  const spare = config.keyed.filter(({ vendor }) => !used.includes(vendor));
  if (spare.length > 0)
    options.progress(`trying keys that are not in use: ${spare.map(({ vendor }) => vendor).join(', ')}`);
  return await Promise.all(spare.map((keyed) => examineKey(keyed, config, options)));
}

/** The key is one for all that the vendor does: one try tells. */
async function examineKey(keyed: KeyedVendor, config: Config, options: ExamineOptions): Promise<Finding> {
  const { vendor, setting, choices } = keyed;
  const finding = await tryKey(keyed, config, options);
  if (finding.state === 'ok') return { ...finding, what: setting, found: `${finding.found}; not in use` };
  const stages = Object.keys(choices).map((stage) => stage.toUpperCase());
  const remedy = `${finding.remedy} Nothing uses it, unless ${stages.join(', ')} is set to ${vendor}.`;
  return { ...finding, what: setting, state: 'warns', remedy };
}

async function tryKey({ vendor, choices }: KeyedVendor, config: Config, options: ExamineOptions) {
  const stage: Stage = choices.llm ? 'llm' : choices.tts ? 'tts' : 'stt';
  try {
    const own = choices[stage];
    const address = options.addresses?.[vendor];
    const wanted = address === undefined ? own : { ...own, baseUrls: [address] };
    const choice: ProviderChoice = { ...embeddedChoice('rms'), [stage]: wanted };
    const located = await locate(choice, options);
    const providers = createProviders(located.choice, contextOf(config, options));
    return await examineStage(stage, providers, '', options.clock);
  } catch (error) {
    return failed(vendor, error);
  }
}
