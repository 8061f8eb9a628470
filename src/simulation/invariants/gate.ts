/** When a turn may be taken for ended. */
import { heuristicJudge } from '../../turn/completeness.ts';
import type { TurnOptions } from '../../turn/defaults.ts';
import type { TurnEvent } from '../../turn/types.ts';
import { EXACT_MS, type Invariant } from './invariant.ts';

export const waitsForTheEnd: Invariant = {
  name: 'waitsForTheEnd',
  meaning:
    'No turn ends sooner than its words ask for, nor while a fresh sound may yet turn out to be speech.',
  check({ room, turn: options }) {
    const broken: string[] = [];
    for (const { effect } of room.recording.effects) {
      if (effect.type !== 'openGate') continue;
      const { id, speakerId, text, lastVoicedMs, endOfTurnMs, sttFinalMs } = effect.turn;
      const pause = room.recording.events.filter(
        (event) =>
          'speakerId' in event &&
          event.speakerId === speakerId &&
          event.atMs > lastVoicedMs &&
          event.atMs <= endOfTurnMs,
      );
      if (pause.some((event) => isKeyRelease(event, lastVoicedMs, options))) continue;
      // Words that come late may ask for no more than the time that has passed meanwhile.
      const silenceMs = Math.max(endOfTurnMs, sttFinalMs ?? endOfTurnMs) - lastVoicedMs;
      // Without final words it was judged by interim ones, which may have been others.
      const known = sttFinalMs !== null && text !== '';
      const leastMs = known ? leastSilenceMs(text, options) : options.gateCompleteMs;
      if (silenceMs < leastMs - EXACT_MS) broken.push(`turn ${id}: "${text}" ends after ${silenceMs} ms`);
      const onset = pause.findLast(({ type }) => type === 'onset');
      if (onset && endOfTurnMs < onset.atMs + options.onsetGraceMs - EXACT_MS) {
        broken.push(`turn ${id}: ends at ${endOfTurnMs}, with a sound at ${onset.atMs}`);
      }
    }
    return broken;
  },
};

const isKeyRelease = (
  { type, atMs }: TurnEvent,
  lastVoicedMs: number,
  { keyReleaseMs }: TurnOptions,
): boolean => type === 'talkEnded' && atMs - lastVoicedMs < keyReleaseMs;

function leastSilenceMs(text: string, options: TurnOptions): number {
  switch (heuristicJudge.judge(text, options.language)) {
    case 'complete':
      return options.gateCompleteMs;
    case 'incomplete':
      return options.gateIncompleteFloorMs;
    case 'wait':
      return options.gateWaitMs;
  }
}
