/** Models whose vendor has said when it turns them off: from that day on every answer would fail. */
import type { ProviderChoice } from '../providers/choice.ts';
import { modelNotice } from '../providers/llm/model-notices.ts';
import type { Providers } from '../providers/providers.ts';
import type { Finding } from './report.ts';
import { STAGES } from './stages.ts';

/** @param choice as the settings say it: at other addresses than the vendor's own, a model's name says nothing. */
export function examineModels(choice: ProviderChoice, providers: Providers): Finding[] {
  return (['stt', 'llm', 'tts'] as const).flatMap((stage) => {
    const { model } = providers[stage];
    const notice = choice[stage].baseUrls.length === 0 && model ? modelNotice(model) : null;
    if (!notice) return [];
    const { onDate, replacement } = notice;
    const name = stage.toUpperCase();
    const remedy = replacement
      ? `Set ${name}_MODEL to ${replacement}.`
      : `Its vendor names none instead for this API: choose another ${name}, or a server of your own by ${name}_BASE_URL.`;
    const found = `${model} ends ${onDate.length === 10 ? 'on' : 'in'} ${onDate}`;
    return [{ what: `Model: ${STAGES[stage]}`, state: 'warns', found, remedy }];
  });
}
