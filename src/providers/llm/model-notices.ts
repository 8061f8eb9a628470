/** Models that are gone or going, with what to use instead: vendors answer only "not found". */

export interface ModelNotice {
  /** When it was or will be turned off, as YYYY-MM-DD or as much of it as is known. */
  onDate: string;
  /** Model ids to set instead, for people; null when the vendor has none for that API. */
  replacement: string | null;
}

const HAIKU = 'claude-haiku-5-5';
const SONNET = 'claude-sonnet-5-5 (or claude-haiku-5-5, which answers sooner)';
const OPUS = 'claude-opus-5-5 (or claude-haiku-5-5, which answers far sooner)';
const OSS = 'gpt-oss-120b';

/**
 * From the vendors' lists of deprecations as of 2026-11: platform.claude.com/docs (model deprecations),
 * developers.openai.com/api/docs/deprecations, console.groq.com/docs/deprecations and
 * inference-docs.cerebras.ai/support/deprecation. Ids may end in a date.
 */
const NOTICES: readonly (readonly [ids: RegExp, onDate: string, replacement: string | null])[] = [
  [/^claude-3-5-sonnet/, '2025-10-28', SONNET],
  [/^claude-(3|3-5)-haiku/, '2026', HAIKU],
  [/^claude-(3|3-7)-sonnet/, '2026-02-19', SONNET],
  [/^claude-3-opus/, '2026-01-05', OPUS],
  [/^claude-(instant|[12]\b)/, '2025-07-21', HAIKU],
  [/^claude-sonnet-4(-0|-\d{8})?$/, '2026-06-15', SONNET],
  [/^claude-opus-4(-[01])?(-\d{8})?$/, '2026', OPUS],
  [/^claude-sonnet-4-5(-\d{8})?$/, '2026-11-30', SONNET],
  [
    /^(gpt-3\.5-turbo|gpt-4|gpt-4-turbo|o1|o3-mini|o4-mini|gpt-4\.1-nano)(-\d.*)?$/,
    '2026-10-23',
    'gpt-6-luna',
  ],
  [/^(gpt-5|gpt-5-mini|gpt-5-nano|o3)(-20.*)?$/, '2026-12-11', 'gpt-6-luna'],
  [/^(gpt-4o|gpt-4o-mini|gpt-4\.1|gpt-4\.1-mini)(-20.*)?$/, '2027-01-14', 'gpt-6-luna'],
  [/^(tts-1|tts-1-hd|gpt-4o-mini-tts)(-\d.*)?$/, '2027-01-06', null],
  [
    /^(whisper-1|gpt-4o-transcribe(-diarize)?|gpt-4o-mini-transcribe)(-20.*)?$/,
    '2027-02-26',
    'gpt-transcribe',
  ],
  [/^llama-3\.3-70b-versatile$/, '2026-08-16', `openai/${OSS}`],
  [/^(llama-3\.3-70b|qwen-3-32b)$/, '2026-02-16', OSS],
  [/^(llama3\.1-8b|qwen-3-235b-a22b-instruct-2507)$/, '2026-05-27', OSS],
];

/** Of a vendor's own models; a server of one's own may call its models anything. Null for a model that is not known to go. It may still be there: the date can lie ahead. */
export function modelNotice(model: string): ModelNotice | null {
  const found = NOTICES.find(([ids]) => ids.test(model));
  return found ? { onDate: found[1], replacement: found[2] } : null;
}
