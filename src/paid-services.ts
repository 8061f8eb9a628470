/** Whom the providers in use are paid to, as the prices name them. */
import type { Services } from './money/meter.ts';
import type { Service } from './money/prices.ts';
import type { Providers } from './providers/providers.ts';

export const servicesOf = ({ stt, llm, tts }: Providers): Services => ({
  stt: serviceOf(stt),
  llm: serviceOf(llm),
  tts: serviceOf(tts),
});

const serviceOf = ({ name, model }: { name: string; model?: string }): Service => ({
  vendor: name,
  model: model ?? name,
});
