/** The packets of all rooms: what one counted stays when it is closed, and is never counted twice. */
import { expect, it } from 'vitest';
import { Traffic } from '../../src/traffic.ts';

it('adds up the rooms that are open, and those that were', () => {
  const traffic = new Traffic();
  const [a, b] = [traffic.openRoom(), traffic.openRoom()];
  a.framesIn += 5;
  a.badPackets.forged += 2;
  b.framesOut += 7;
  b.badPackets.forged += 1;
  const all = { framesIn: 5, framesOut: 7, badPackets: expect.objectContaining({ forged: 3, late: 0 }) };
  expect(traffic.total()).toEqual(all);
  traffic.closeRoom(a);
  traffic.closeRoom(a);
  expect(traffic.total()).toEqual(all);
  a.framesIn += 100;
  b.framesIn += 1;
  expect(traffic.total().framesIn).toBe(6);
});
