/** The timeline of each turn holds together. */
import { criticalPath } from '../../latency/critical-path.ts';
import { stageRows } from '../../latency/stages.ts';
import type { Mark } from '../../latency/timeline.ts';
import type { Invariant } from './invariant.ts';

const CHAINS: readonly (readonly Mark[])[] = [
  ['speechStarted', 'lastVoiced', 'endOfTurn', 'firstFrameOut', 'firstAudibleOut', 'done'],
  ['draftStarted', 'llmSent', 'llmFirstToken', 'firstClause', 'ttsSent', 'ttsFirstByte', 'firstFrameOut'],
  ['lastVoiced', 'pauseDetected', 'endOfTurn'],
];

export const marksInOrder: Invariant = {
  name: 'marksInOrder',
  meaning: 'What must come before something else in a turn has the earlier instant.',
  check({ room }) {
    return room.recording.turns.flatMap(({ end, marks }) =>
      CHAINS.flatMap((chain) => {
        const reached = chain.filter((mark) => marks[mark] !== undefined);
        return reached.slice(1).flatMap((mark, i) => {
          const before = reached[i]!;
          if (marks[mark]! >= marks[before]!) return [];
          return [`turn ${end.turn.id}: ${mark} at ${marks[mark]} is before ${before} at ${marks[before]}`];
        });
      }),
    );
  },
};

export const criticalPathTiles: Invariant = {
  name: 'criticalPathTiles',
  meaning:
    'The stages of the critical path fill the response gap exactly, from the last sound to the first audible frame, and ' +
    'the whole milliseconds that people are shown add up to the gap.',
  check({ room }) {
    const broken: string[] = [];
    for (const { end, marks } of room.recording.turns) {
      const { lastVoiced, firstAudibleOut } = marks;
      if (lastVoiced === undefined || firstAudibleOut === undefined) continue;
      let atMs = lastVoiced;
      for (const span of criticalPath(marks)) {
        if (span.startMs !== atMs) broken.push(`turn ${end.turn.id}: a hole at ${atMs}`);
        atMs = span.endMs;
      }
      if (atMs !== firstAudibleOut) broken.push(`turn ${end.turn.id}: it ends at ${atMs}`);
      const rows = stageRows({ audible: 'answer', marks });
      const shownMs = rows.reduce((sum, { waitedMs }) => sum + (waitedMs ?? 0), 0);
      const gapMs = Math.round(firstAudibleOut - lastVoiced);
      if (shownMs !== gapMs) broken.push(`turn ${end.turn.id}: ${shownMs} ms are shown of ${gapMs}`);
    }
    return broken;
  },
};
