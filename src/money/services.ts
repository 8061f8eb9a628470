/** Whom the providers in use are paid to, as the prices name them. */
import { ON_THIS_MACHINE } from '../base/this-machine.ts';
import type { Providers } from '../providers/providers.ts';
import type { Services } from './meter.ts';
import type { Service } from './prices.ts';

export const servicesOf = ({ stt, llm, tts }: Providers): Services => ({
  stt: serviceOf(stt),
  llm: serviceOf(llm),
  tts: serviceOf(tts),
});

const serviceOf = ({ name, model, place }: { name: string; model?: string; place: string }): Service => ({
  ...{ vendor: name, model: model ?? name, here: place === ON_THIS_MACHINE },
});
