/** Every number of turn-taking, each with its reason. */

export const TURN_DEFAULTS = {
  /** Silence after a complete phrase before the turn ends: short pauses inside speech are mostly under 200 ms. */
  gateCompleteMs: 200,
  /**
   * Silence after an incomplete phrase. Thinking pauses reach 900 ms, and a detector confirms resumed speech up to
   * 180 ms after its first sound; the rest is margin.
   */
  gateIncompleteMs: 1_400,
  /** Silence after "hold on" and the like: the speaker asked for time. */
  gateWaitMs: 4_000,
  /** However quick a speaker's rhythm is, the gate after an incomplete phrase is no shorter. */
  gateIncompleteFloorMs: 1_000,
  /** However slow it is, the gates are no longer. */
  gateCompleteCeilingMs: 400,
  gateIncompleteCeilingMs: 2_200,
  /** A sound younger than this may still be confirmed as speech, so the gate waits for it. */
  onsetGraceMs: 200,

  /** The mean pause inside a turn that the gate after an incomplete phrase is made for; it follows a speaker's own. */
  rhythmPauseMs: 500,
  /** Weight of each new pause, and of each end of turn that was one. */
  rhythmWeight: 0.2,
  rhythmEndWeight: 0.05,
  /** Shorter gaps belong to the words: stops and breath. Longer ones are another turn. */
  rhythmMinMs: 200,
  rhythmMaxMs: 3_000,
  /** Silence frames this soon after the last sound come of a released key; a voice gate stays open longer. */
  keyReleaseMs: 120,
  /** So many talks in a row that ended so make a push-to-talk speaker, whose gate opens at once. */
  keyReleases: 3,

  /** Silence before a complete interim is answered by a draft: longer than the stops inside words mostly are. */
  draftPauseMs: 60,
  /** Silence before a complete one is that came before the last sound: the last word may still be on its way. */
  draftUnsettledMs: 160,
  /** Silence before an incomplete one is: half of its gate, so that the draft is ready when that opens. */
  draftIncompleteMs: 700,
  /** Speech that resumes for this long makes the drafts void; a shorter sound may have been a breath. */
  draftResumeMs: 100,
  draftsAlive: 2,
  draftsPerTurn: 3,
  /** Nobody ends a long story at the first complete phrase: no drafts after so much speech. */
  draftSpeechMaxMs: 10_000,
  /** Silence before a recogniser that can be asked early is: longer than nearly all stops inside words. */
  pauseCommitMs: 80,

  /** From commit to the final transcript; a recogniser that needs longer has failed. */
  finalDueMs: 1_000,
  /** The two-second rule: an answer that is not audible this long after the end of turn is replaced by a notice. */
  answerDueMs: 2_000,
  /** An answer whose first frame left just before is given as long as it takes to know that it is audible. */
  answerGraceMs: 100,
  /** No answer plays longer: 60 words take about 25 s. */
  answerMaxMs: 45_000,
  /** A notice is a few words; one that has not ended by then is given up. */
  noticeMaxMs: 8_000,
  /** A turn that waits for the floor longer has lost its moment. */
  floorWaitMs: 20_000,
  /** Who talked the answer down, and talks on, keeps the others waiting no longer: it may be a television. */
  yieldMaxMs: 10_000,
  /** Nobody talks to an agent so long without a pause: what does is music, or a television. */
  utteranceMaxMs: 120_000,

  /** The agent's voice was lowered for a sound that the detector does not confirm within this time. */
  duckConfirmMs: 250,
  /** Voiced this long over the answer: it pauses. */
  overPauseMs: 200,
  /** Words of an interim that stop a paused answer; the first one or two are often a guess, and the final decides. */
  overInterimWords: 3,
  /** A paused answer goes on after so much silence without a word recognised; with words, the final is asked for. */
  overSilenceMs: 300,
  /** Talked over for so long, words or not, the answer gives way. */
  overMaxMs: 2_000,
  /**
   * Echo begins while the agent speaks, and arrives after the way there and back: begun this much later than its last
   * word left, it is none. Right after a question an answer in the same words is likelier.
   */
  echoTailMs: 300,
  echoReplyTailMs: 100,
  /** At most so many of the agent's words can have been heard: a quick voice, and what a recogniser runs ahead. */
  echoWordsPerSecond: 5,
  echoWordsAhead: 2,

  /** So many words in a row are an echo for themselves, also behind words that are none. */
  echoAloneWords: 3,
  /** Sounds that turn out to be no speech hold back an answer so often, lest a keyboard silences it. */
  holdsMax: 2,

  /** Live proxy of a false cut-off: the speaker goes on within this time of the first audible frame. */
  cutoffProxyMs: 1_000,
  /** Confirmed speech without a word recognised: answered as unclear from this length on, else ignored as noise. */
  unclearMinMs: 350,

  /** How far the agent works ahead of the end of turn. */
  speculation: 'llm+tts' as 'off' | 'llm' | 'llm+tts',
  /** Whether the recogniser can be asked for a final transcript in the middle of a turn without losing its thread. */
  earlyCommit: false as boolean,
  /** `always`: all words are meant for the agent. `auto`: not those between other people. */
  addressing: 'auto' as 'always' | 'auto',
  /** What people call the agent. */
  agentNames: ['parley'] as readonly string[],
  /** BCP 47, for the word lists. */
  language: 'en' as string,
} as const satisfies Record<string, number | string | boolean | readonly string[]>;

type Widened<T> = T extends number ? number : T;

/** Plain data, so that an event log can carry it. */
export type TurnOptions = { readonly [K in keyof typeof TURN_DEFAULTS]: Widened<(typeof TURN_DEFAULTS)[K]> };
