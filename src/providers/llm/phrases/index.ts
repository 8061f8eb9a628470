/** Everything the embedded responder knows. */
import { assistant } from './assistant.ts';
import { customerService } from './customer-service.ts';
import { gameCharacter } from './game-character.ts';
import { general } from './general.ts';
import type { Intent } from './intent.ts';
import { smartHome } from './smart-home.ts';

export const intents: readonly Intent[] = [
  ...general,
  ...assistant,
  ...customerService,
  ...gameCharacter,
  ...smartHome,
];

/** All phrases that the responder answers: the grammar of the embedded recogniser. */
export function phrases(): readonly string[] {
  return intents.flatMap((intent) => intent.phrases);
}
