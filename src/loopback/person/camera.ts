/** A camera's packets: video and its repeats, on SSRCs of their own; their contents are noise, since nobody looks. */
import { randomBytes } from 'node:crypto';
import type { Seat } from './seat.ts';

/** What Discord's clients use for H264 and its repeats. */
const H264 = 101;
const H264_REPEATS = 102;
const PACKETS_PER_PICTURE = 3;
const PICTURE_TIMESTAMPS = 3000;
const PACKET_BYTES = 900;

/** Sends so many pictures, each in three packets, of which the last is repeated. */
export function sendPictures(seat: Seat, count: number): void {
  for (let i = 0; i < count * PACKETS_PER_PICTURE; i++) {
    const last = i % PACKETS_PER_PICTURE === PACKETS_PER_PICTURE - 1;
    const picture = {
      sequence: i & 0xffff,
      timestamp: Math.floor(i / PACKETS_PER_PICTURE) * PICTURE_TIMESTAMPS,
      marker: last,
      extension: null,
      padding: 0,
      payload: randomBytes(PACKET_BYTES),
    };
    seat.sendFrame({ ...picture, ssrc: seat.videoSsrc, payloadType: H264 });
    if (last) seat.sendFrame({ ...picture, ssrc: seat.rtxSsrc, payloadType: H264_REPEATS });
  }
}
