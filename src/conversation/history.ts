/** What was said so far, as the model sees it: of the agent's answers only what was heard. */
import { type LlmMessage, UNCLEAR_SPEECH } from '../providers/llm/llm.ts';

/** Enough for the thread of a talk; more costs time to first token. */
const MAX_MESSAGES = 20;

interface Speaker {
  id: string;
  name: string;
}

interface Entry {
  speaker: Speaker | null;
  text: string;
  /** When it was said: an answer is known to be heard only once it has ended, with other words in between. */
  atMs: number;
}

export class History {
  #entries: Entry[] = [];

  /**
   * @param text empty when the words could not be made out.
   * @param atMs on any one clock: entries stand in the order of their times.
   */
  addUser(speaker: Speaker, text: string, atMs: number): void {
    this.#add({ speaker, text, atMs });
  }

  addAgent(heardText: string, atMs: number): void {
    if (heardText) this.#add({ speaker: null, text: heardText, atMs });
  }

  /** Forgets the words of somebody who withdrew consent. */
  forget(speakerId: string): void {
    this.#entries = this.#entries.filter((entry) => entry.speaker?.id !== speakerId);
  }

  /**
   * Messages for the model, starting with a user's and ending with what is being said now, which is not kept yet: the
   * speaker may go on. Speakers are named once there is more than one.
   */
  messages(speaker: Speaker, text: string): LlmMessage[] {
    const entries: Omit<Entry, 'atMs'>[] = [...this.#entries, { speaker, text }];
    const names = new Set(entries.flatMap((entry) => entry.speaker?.name ?? []));
    const messages = entries.map<LlmMessage>((entry) => {
      if (!entry.speaker) return { role: 'assistant', content: entry.text };
      const words = entry.text || UNCLEAR_SPEECH;
      return { role: 'user', content: names.size > 1 ? `${entry.speaker.name}: ${words}` : words };
    });
    const first = messages.findIndex((message) => message.role === 'user');
    return messages.slice(Math.max(0, first));
  }

  #add(entry: Entry): void {
    const before = this.#entries.findLastIndex(({ atMs }) => atMs <= entry.atMs);
    this.#entries.splice(before + 1, 0, entry);
    if (this.#entries.length > MAX_MESSAGES) this.#entries.shift();
  }
}
