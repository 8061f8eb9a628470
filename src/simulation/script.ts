/** What people in the virtual room do: sounds with words and pauses, and the client that sends them. */

/** Every instant of a sound lies on the packets that carry it. */
export const FRAME_MS = 20;

/** One sound without a pause inside. Without words it is a cough, a door, a keyboard. */
export interface Sound {
  /** Silence before it: since the last voiced frame of the sound before, or since the utterance began. */
  pauseMs: number;
  /** From its first voiced frame to its last; a multiple of 20. */
  voicedMs: number;
  /** Spoken one after the other over the whole of it; the last ends with the last voiced frame. */
  words: readonly string[];
}

/** `voiceActivity` sends the room's noise for a while after the last sound, `pushToTalk` until its key is released. */
export type Client = 'voiceActivity' | 'pushToTalk';

export interface Utterance {
  sounds: readonly Sound[];
  client: Client;
  /** From the last voiced frame to the client's silence frames; null when they are lost. */
  trailingMs: number | null;
}

/** A sound of these words at a natural pace, rounded to whole frames. */
export function spoken(words: string, pauseMs = 0, wordMs = 280): Sound {
  const list = words.split(/\s+/).filter(Boolean);
  return {
    pauseMs,
    voicedMs: Math.max(1, Math.round((list.length * wordMs) / FRAME_MS)) * FRAME_MS,
    words: list,
  };
}

/** The sounds of an utterance that begins at `startMs`, with the instants of their first and last voiced frames. */
export function laidOut(
  utterance: Utterance,
  startMs: number,
): { sound: Sound; firstMs: number; lastMs: number }[] {
  let atMs = startMs;
  return utterance.sounds.map((sound) => {
    const firstMs = atMs + sound.pauseMs;
    atMs = firstMs + sound.voicedMs;
    return { sound, firstMs, lastMs: atMs };
  });
}
