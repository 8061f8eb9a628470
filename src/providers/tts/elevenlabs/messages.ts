/** The messages of ElevenLabs' multi-context socket, in both directions. */
import { type ElevenLabsVoiceSettings, wireSettings } from './options.ts';

/** When each character is spoken, in ms from the beginning of the audio it came with. */
export interface Alignment {
  chars: readonly string[];
  startMs: readonly number[];
  durationMs: readonly number[];
}

export interface SpeechMessage {
  /** Null when it concerns the whole socket. */
  contextId: string | null;
  audio: Buffer | null;
  alignment: Alignment | null;
  /** Nothing more comes of this context. */
  final: boolean;
  /** All that was asked for by a flush has come; not every version of the service tells it. */
  flushed: boolean;
  /** The vendor's words about what went wrong. */
  error: { text: string; status?: number } | null;
}

type Json = Record<string, unknown>;

/** Null for what is no message. Both spellings of every field are read: the vendor's pages and the wire differ. */
export function readMessage(text: string): SpeechMessage | null {
  const json = objectOf(parse(text));
  if (!json) return null;
  const contextId = json.contextId ?? json.context_id;
  const { audio, type } = json;
  return {
    contextId: typeof contextId === 'string' ? contextId : null,
    audio: typeof audio === 'string' && audio !== '' ? Buffer.from(audio, 'base64') : null,
    alignment:
      alignmentOf(json.alignment) ?? alignmentOf(json.normalizedAlignment ?? json.normalized_alignment),
    final: json.isFinal === true || json.is_final === true,
    flushed: type === 'flush_done',
    error: errorOf(json),
  };
}

function errorOf(json: Json): SpeechMessage['error'] {
  const { error, message, code } = json;
  const detail = objectOf(error) ?? objectOf(json.detail);
  if (!detail && typeof error !== 'string') return null;
  const words = [error, message, detail?.status, detail?.message, detail?.error, detail?.code];
  const text = words.filter((word) => typeof word === 'string').join(' ');
  return { text, ...(typeof code === 'number' && { status: code }) };
}

function alignmentOf(value: unknown): Alignment | null {
  const json = objectOf(value);
  if (!json) return null;
  const chars = json.chars ?? json.characters;
  const startMs = json.charStartTimesMs ?? json.char_start_times_ms;
  const durationMs =
    json.charDurationsMs ?? json.charsDurationsMs ?? json.char_durations_ms ?? json.chars_durations_ms;
  if (!isListOf(chars, 'string') || !isListOf(startMs, 'number') || !isListOf(durationMs, 'number'))
    return null;
  if (chars.length === 0 || startMs.length !== chars.length || durationMs.length !== chars.length)
    return null;
  return { chars, startMs, durationMs };
}

function isListOf(value: unknown, type: 'string'): value is string[];
function isListOf(value: unknown, type: 'number'): value is number[];
function isListOf(value: unknown, type: string): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}

const objectOf = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Opens a context. Settings count only here: later ones close the whole socket (1008). */
export const openContext = (id: string, settings?: ElevenLabsVoiceSettings): string =>
  JSON.stringify({
    ...{ text: ' ', context_id: id },
    ...(settings && { voice_settings: wireSettings(settings) }),
  });

/** Without the flush, nothing is spoken before 120 characters have come. */
export const sayClause = (id: string, clause: string): string =>
  JSON.stringify({ text: `${clause.trim()} `, context_id: id, flush: true });

/** What was flushed is still spoken, then the context is final. */
export const closeContext = (id: string): string => JSON.stringify({ context_id: id, close_context: true });

/** It names no context: one that names a context which is not open yet makes its opening fail (1008). */
export const KEEP_ALIVE = JSON.stringify({ text: '' });
