/** The packets of all rooms since start, those that are closed included. */
import { noReceiveCounters, type ReceiveCounters } from './discord/ears/counters.ts';

/** Of one room; counted up by its parts. */
export interface RoomTraffic {
  framesIn: number;
  framesOut: number;
  readonly badPackets: ReceiveCounters;
}

export class Traffic {
  readonly #open = new Set<RoomTraffic>();
  readonly #closed = noTraffic();

  openRoom(): RoomTraffic {
    const room = noTraffic();
    this.#open.add(room);
    return room;
  }

  /** What it counted stays; what it counts from now on does not. */
  closeRoom(room: RoomTraffic): void {
    if (this.#open.delete(room)) add(this.#closed, room);
  }

  total(): RoomTraffic {
    const sum = noTraffic();
    for (const room of [this.#closed, ...this.#open]) add(sum, room);
    return sum;
  }
}

const noTraffic = (): RoomTraffic => ({ framesIn: 0, framesOut: 0, badPackets: noReceiveCounters() });

function add(sum: RoomTraffic, { framesIn, framesOut, badPackets }: RoomTraffic): void {
  sum.framesIn += framesIn;
  sum.framesOut += framesOut;
  for (const cause of Object.keys(badPackets) as (keyof ReceiveCounters)[])
    sum.badPackets[cause] += badPackets[cause];
}
