/** Every name that telemetry gives to the world: metrics with their labels, spans with their attributes. */

/** Close around half a second, where it matters on which side of the budget an answer was. */
export const BOUNDARIES_MS = [100, 200, 300, 400, 450, 500, 550, 600, 800, 1000, 2000];

/** Units stand in the names, so that they read the same from our endpoint and by way of a collector. */
const ms = (name: string, description: string) => ({ name: `${name}.milliseconds`, unit: 'ms', description });
const plain = (name: string, description: string) => ({ name, unit: '', description });

export const HISTOGRAMS = {
  responseGap: ms('parley.response_gap', 'Last voiced frame in, to first audible frame of the answer out'),
  pipeline: ms('parley.pipeline', 'End of turn, to first audible frame of the answer out'),
  prompt: ms('parley.prompt', 'Final transcript, to first audible frame of the answer out'),
  stage: ms('parley.stage', 'How long a stage took, waited for or not'),
  wait: ms(
    'parley.wait',
    'How much of the response gap was spent waiting for a stage: these add up to the gap',
  ),
} as const;

export const COUNTERS = {
  turns: plain('parley.turns', 'Turns by how they ended, and why they were not answered'),
  falseCutoffs: plain('parley.false_cutoffs', 'Answers that began before the speaker was done'),
  bargeIns: plain('parley.barge_ins', 'Answers that the speaker stopped by talking'),
  falseBargeIns: plain('parley.false_barge_ins', 'Pauses of an answer for a sound that was no interruption'),
  repeats: plain('parley.repeats', 'Turns in which the speaker had to say the same again'),
  speculation: plain(
    'parley.speculations',
    'Turns with an answer drafted before the end of turn, by its use',
  ),
  modelCalls: plain('parley.model_calls', 'Answers asked of the language model, drafts included'),
  wastedTokens: plain('parley.wasted_tokens', 'Written by the language model for drafts that were not used'),
  wastedCharacters: plain('parley.wasted_characters', 'Given to the voice for drafts that were not used'),
  tokens: plain('parley.tokens', 'Read and written by the language model, estimates included'),
  characters: plain('parley.characters', 'Given to the voice'),
  heard: ms('parley.heard_audio', 'Audio given to the recogniser'),
  cost: {
    name: 'parley.cost.usd',
    unit: '{USD}',
    description: 'Cost of the turns whose prices are known, in USD',
  },
  unpriced: plain('parley.unpriced_turns', 'Turns with a price that nobody knows, which the cost leaves out'),
} as const;

/** Counted elsewhere, and read when telemetry is collected. */
export const OBSERVED_COUNTERS = {
  badPackets: plain('parley.voice.bad_packets', 'Packets that could not be heard, by cause'),
  frames: plain('parley.voice.frames', 'Frames of voice heard and said'),
} as const;

export const GAUGES = {
  rooms: plain('parley.rooms', 'Voice channels that the agent is in'),
  speakers: plain('parley.speakers', 'People in these channels'),
  ready: plain('parley.ready', '1 when /readyz says so, else 0'),
  eventLoop: ms(
    'parley.event_loop.delay',
    'Stalls of the main thread, in the worst ten seconds of the last minute',
  ),
  memory: { name: 'parley.memory.bytes', unit: 'By', description: 'Memory of the process' },
  ping: ms('parley.voice.ping', 'Round trip to the voice server, of the room where it is longest'),
} as const;

/** Labels of metrics; each has few values. */
export const LABELS = {
  outcome: 'outcome',
  reason: 'reason',
  stage: 'stage',
  vendor: 'vendor',
  stt: 'stt',
  llm: 'llm',
  tts: 'tts',
  result: 'result',
  type: 'type',
  cause: 'cause',
  direction: 'direction',
  statistic: 'statistic',
  kind: 'kind',
} as const;

export const SPANS = {
  turn: 'turn',
  responseGap: 'response gap',
  speechToText: 'speech to text',
  receiveRepair: 'receive repair',
  gate: 'end of turn',
  hearingConnect: 'hearing connect',
  modelConnect: 'model connect',
  voiceConnect: 'voice connect',
  leadingSilence: 'leading silence',
  firstClause: 'first clause',
  textToSpeech: 'text to speech',
  speaking: 'speaking',
  /** As the conventions want it: the operation, then the model. */
  model: (model: string) => `chat ${model}`,
  /** A stretch of the response gap. */
  wait: (stage: string) => `wait: ${stage}`,
} as const;

/** Of spans. Those of `gen_ai` and `error` are the semantic conventions of OpenTelemetry 1.45. */
export const ATTRIBUTES = {
  outcome: 'parley.outcome',
  audible: 'parley.audible',
  falseCutoff: 'parley.false_cutoff',
  bargedIn: 'parley.barged_in',
  falseBargeIns: 'parley.false_barge_ins',
  repeated: 'parley.repeated',
  speculation: 'parley.speculation',
  modelCalls: 'parley.model_calls',
  wastedTokens: 'parley.wasted_tokens',
  wastedCharacters: 'parley.wasted_characters',
  costUsd: 'parley.cost.usd',
  responseGapMs: 'parley.response_gap.ms',
  pipelineMs: 'parley.pipeline.ms',
  promptMs: 'parley.prompt.ms',
  stt: 'parley.stt',
  llm: 'parley.llm',
  tts: 'parley.tts',
  stage: 'parley.stage',
  /** Done before the turn had ended. */
  speculative: 'parley.speculative',
  errorType: 'error.type',
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  stream: 'gen_ai.request.stream',
  outputType: 'gen_ai.output.type',
  /** In seconds. */
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
} as const;
