/**
 * The recogniser's thread: one decoder per speaker, all in one engine. An engine that aborts ends the thread by the
 * uncaught exception; the main thread then starts a new one.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { concatPcm, SAMPLE_RATE } from '../../../audio/pcm.ts';
import { goAfterAudio } from '../../../base/thread-priority.ts';
import { DecoderPool } from './decoder-pool.ts';
import { loadEngine } from './engine.ts';
import { buildGrammar } from './grammar.ts';
import type { FromRecogniser, RecogniserWorkerData, ToRecogniser } from './protocol.ts';
import { UtteranceDecoder } from './utterance.ts';

/** A backlog is decoded in pieces of this length, each with its own interim transcript. */
const SLICE_SAMPLES = SAMPLE_RATE / 10;

interface Speaker {
  /** Null until a decoder is free. */
  utterance: UtteranceDecoder | null;
  /** Commands that wait for the decoder, in order. */
  waiting: ToRecogniser[];
  /** Audio that is decoded together at the end of this round of messages. */
  audio: Int16Array[];
  generation: number;
}

goAfterAudio();
const port = parentPort!;
const { phrases, readyDecoders } = workerData as RecogniserWorkerData;
const post = (message: FromRecogniser) => port.postMessage(message);

const grammar = buildGrammar(phrases);
const pool = new DecoderPool(await loadEngine(grammar));
await pool.reserve(readyDecoders);
const speakers = new Map<number, Speaker>();
let decodeScheduled = false;

async function open(id: number): Promise<void> {
  const speaker: Speaker = { utterance: null, waiting: [], audio: [], generation: 0 };
  speakers.set(id, speaker);
  speaker.utterance = new UtteranceDecoder(await pool.take(), grammar);
  for (const message of speaker.waiting.splice(0)) obey(id, speaker, message);
  await pool.reserve(1);
}

async function close(id: number, utterance: UtteranceDecoder): Promise<void> {
  speakers.delete(id);
  utterance.decoder.stop();
  await pool.giveBack(utterance.decoder);
}

function decode(id: number, speaker: Speaker, utterance: UtteranceDecoder): void {
  const pcm = concatPcm(speaker.audio.splice(0));
  for (let at = 0; at < pcm.length; at += SLICE_SAMPLES) {
    const interim = utterance.accept(pcm.subarray(at, at + SLICE_SAMPLES));
    if (interim) post({ type: 'interim', speaker: id, generation: speaker.generation, ...interim });
  }
}

function decodeAll(): void {
  decodeScheduled = false;
  for (const [id, speaker] of speakers) {
    if (speaker.utterance && speaker.audio.length > 0) decode(id, speaker, speaker.utterance);
  }
}

function obey(id: number, speaker: Speaker, message: ToRecogniser): void {
  const { utterance } = speaker;
  if (!utterance) {
    speaker.waiting.push(message);
    return;
  }
  switch (message.type) {
    case 'audio':
      speaker.audio.push(message.pcm);
      if (!decodeScheduled) setImmediate(decodeAll);
      decodeScheduled = true;
      break;
    case 'commit':
      decode(id, speaker, utterance);
      speaker.generation = message.generation;
      post({ type: 'final', speaker: id, commitId: message.commitId, ...utterance.finish() });
      break;
    case 'reset':
      speaker.audio = [];
      speaker.generation = message.generation;
      utterance.reset();
      break;
    case 'close':
      void close(id, utterance);
      break;
  }
}

port.on('message', (message: ToRecogniser) => {
  const speaker = speakers.get(message.speaker);
  if (message.type === 'open') void open(message.speaker);
  else if (speaker) obey(message.speaker, speaker, message);
});
post({ type: 'ready' });
