/** The settings of vendors: keys, models, voices, addresses and regions. */
import { z } from 'zod';
import { addressList, oneOf, optionalLanguage, type Setting, secretKey } from './setting.ts';

const key = (vendor: string, uses: string, from: string): Setting<string | null> => ({
  what: `The key of ${vendor}, for ${uses}. Secret.`,
  default: '',
  example: '',
  remedy: `Make one at ${from} and copy it whole.`,
  schema: secretKey,
});

const id = z
  .string()
  .regex(/^[\w.:/@+(),~-]*$/, 'is not an id: letters, digits and . : / @ + ( ) , ~ - _ only');

export const vendorSettings = {
  ELEVENLABS_API_KEY: key('ElevenLabs', 'STT and TTS', 'https://elevenlabs.io/app/developers/api-keys'),
  DEEPGRAM_API_KEY: key('Deepgram', 'STT', 'https://console.deepgram.com'),
  ANTHROPIC_API_KEY: key('Anthropic', 'LLM', 'https://platform.claude.com/settings/keys'),
  AIPAYGENT_API_KEY: key('AiPayGent', 'LLM', 'https://api.aipaygent.xyz'),
  GROQ_API_KEY: key('Groq', 'LLM', 'https://console.groq.com/keys'),
  CEREBRAS_API_KEY: key('Cerebras', 'LLM', 'https://cloud.cerebras.ai'),
  OPENAI_API_KEY: key('OpenAI', 'LLM, STT and TTS', 'https://platform.openai.com/api-keys'),
  LLM_MODEL: {
    what: "The id of the language model; empty for the vendor's that suits a voice best.",
    default: '',
    example: 'claude-haiku-4-5',
    remedy: "Copy the model's id from the vendor's list of models, or leave it empty.",
    schema: id,
  },
  LLM_BASE_URL: {
    what: 'Other addresses for the language model, separated by commas: the nearest is asked, the others if it fails.',
    default: '',
    example: 'http://127.0.0.1:8000/v1',
    remedy: "Leave it empty for the vendor's own.",
    schema: addressList,
  },
  LLM_AUTH: {
    what: "How the key is sent to an address that speaks Anthropic's protocol: x-api-key, bearer or both.",
    default: '',
    example: 'bearer',
    remedy: "Leave it empty for the vendor's own way.",
    schema: z.enum(['', 'x-api-key', 'bearer', 'both'], { error: 'must be one of: x-api-key, bearer, both' }),
  },
  STT_MODEL: {
    what: "The id of the recogniser's model; empty for the vendor's fastest.",
    default: '',
    example: 'flux-general-multi',
    remedy: "Copy the model's id from the vendor's list of models, or leave it empty.",
    schema: id,
  },
  STT_LANGUAGE: {
    what: 'What people speak, as a code: en, de, pt-BR; empty for whatever the recogniser hears unless told.',
    default: '',
    example: 'de',
    remedy: 'Write the two letters of ISO 639-1, as in "en" or "de", or leave it empty.',
    schema: optionalLanguage,
  },
  STT_BASE_URL: {
    what: 'Other addresses for the recogniser, separated by commas: the nearest is used.',
    default: '',
    example: 'http://127.0.0.1:8000/v1',
    remedy: "Leave it empty for the vendor's own.",
    schema: addressList,
  },
  ELEVENLABS_VOICE_ID: {
    what: 'The id of the ElevenLabs voice; empty for George.',
    default: '',
    example: 'JBFqnCBsd6RMkjVDRZzb',
    remedy: 'Copy it at https://elevenlabs.io/app/voice-library ("Copy voice ID"), or leave it empty.',
    schema: id,
  },
  ELEVENLABS_MODEL: {
    what: 'The ElevenLabs model that speaks; empty for eleven_flash_v2_5, the fastest.',
    default: '',
    example: 'eleven_flash_v2_5',
    remedy: 'Leave it empty; eleven_v3 cannot be streamed.',
    schema: id,
  },
  ELEVENLABS_REGION: {
    what: 'Where ElevenLabs works: auto is the nearer of global and us; eu, in and sg need an account that lives there.',
    default: 'auto',
    example: 'us',
    remedy: 'Leave it empty for auto.',
    schema: oneOf(['auto', 'global', 'us', 'eu', 'in', 'sg']),
  },
  DEEPGRAM_REGION: {
    what: 'Where Deepgram works: auto is the nearer one.',
    default: 'auto',
    example: 'eu',
    remedy: 'Leave it empty for auto.',
    schema: oneOf(['auto', 'us', 'eu']),
  },
  TTS_MODEL: {
    what: 'The model of a voice behind OpenAI or a server that speaks its protocol.',
    default: '',
    example: 'kokoro',
    remedy: 'Leave it empty for gpt-4o-mini-tts, which OpenAI turns off on 2027-01-06.',
    schema: id,
  },
  TTS_VOICE: {
    what: 'The voice of OpenAI or of a server that speaks its protocol.',
    default: '',
    example: 'af_heart',
    remedy: 'Leave it empty for alloy.',
    schema: id,
  },
  TTS_BASE_URL: {
    what: 'Other addresses for the voice, separated by commas: the nearest is used.',
    default: '',
    example: 'http://127.0.0.1:8880/v1',
    remedy: "Leave it empty for the vendor's own.",
    schema: addressList,
  },
} as const satisfies Record<string, Setting>;
