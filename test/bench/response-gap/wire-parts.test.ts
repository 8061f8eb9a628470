/** Speech for vendors on sockets: its words are known again, and come at the script's instants. */
import { describe, expect, it } from 'vitest';
import { type ScriptedTurn, wordsOf, writeTurns } from '../../../bench/support/response-gap/script.ts';
import { spokenFrames, WordCounter } from '../../../bench/support/response-gap/wire/spoken-frames.ts';
import { concatPcm, FRAME_SAMPLES, pcmToBytes } from '../../../src/audio/pcm.ts';

const turns = writeTurns(200, 1);
const paused = turns.filter(({ segments }) => segments.length > 1);

describe('a turn as frames', () => {
  it.each([
    ['in frames as they come', 1],
    ['in messages of seven', 7],
  ])('is known word by word, %s', (_, together) => {
    for (const turn of turns) {
      const counter = new WordCounter(turn);
      const frames = spokenFrames(turn).flatMap(({ atMs, pcm }) => (pcm ? [{ atMs, pcm }] : []));
      for (let at = 0; at < frames.length; at += together) {
        const message = frames.slice(at, at + together);
        counter.accept(pcmToBytes(concatPcm(message.map(({ pcm }) => pcm))));
        const nowMs = message.at(-1)!.atMs;
        expect(counter.complete).toBe(wordsOf(turn).filter(({ endMs }) => endMs <= nowMs + 0.01).length);
      }
    }
  });

  it('comes in whole packets, with talk ended where the client closes its gate', () => {
    const endsOf = (turn: ScriptedTurn) => spokenFrames(turn).flatMap(({ atMs, pcm }) => (pcm ? [] : [atMs]));
    expect(paused.length).toBeGreaterThan(30);
    for (const turn of turns) {
      const gates = turn.segments.filter(({ endMs }, i) => {
        const next = turn.segments[i + 1];
        return !next || next.startMs > endMs + 200;
      });
      expect(endsOf(turn)).toEqual(gates.map(({ endMs }) => endMs + 200));
      for (const { pcm } of spokenFrames(turn)) if (pcm) expect(pcm).toHaveLength(FRAME_SAMPLES);
    }
  });
});
