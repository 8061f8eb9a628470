/** The personas: system prompts by the name that the PERSONA setting holds. */
import { assistant } from './assistant.ts';
import { customerService } from './customer-service.ts';
import { gameCharacter } from './game-character.ts';
import { smartHome } from './smart-home.ts';

export const personaNames = ['assistant', 'customer-service', 'game-character', 'smart-home'] as const;

export type PersonaName = (typeof personaNames)[number];

/** The whole system prompt of each persona. */
export const personas: Readonly<Record<PersonaName, string>> = {
  assistant,
  'customer-service': customerService,
  'game-character': gameCharacter,
  'smart-home': smartHome,
};
