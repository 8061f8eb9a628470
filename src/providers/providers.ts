/** The four parts of a conversation that can be exchanged. */
import type { LanguageModel } from './llm/llm.ts';
import type { SpeechToText } from './stt/stt.ts';
import type { TextToSpeech } from './tts/tts.ts';
import type { VoiceActivityDetector } from './vad/vad.ts';

export interface Providers {
  stt: SpeechToText;
  llm: LanguageModel;
  tts: TextToSpeech;
  vad: VoiceActivityDetector;
}
