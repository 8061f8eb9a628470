/** A process that stores a turn every 20 ms and says so, until it is killed: its argument is a `DatabasePlace` as JSON. */
import { systemClock } from '../../src/base/clock.ts';
import type { DatabasePlace } from '../../src/store/database.ts';
import { turn } from '../latency/timelines.ts';
import { openAt } from '../store/rig.ts';

const store = await openAt(JSON.parse(process.argv[2]!) as DatabasePlace);
let n = 0;
const next = () => {
  const id = `t${n++}`;
  const endedAtUnixMs = Date.now();
  store.addTurn(turn({ id, endedAtUnixMs }));
  process.stdout.write(`${id} ${endedAtUnixMs}\n`);
  systemClock.setTimer(20, next);
};
next();
