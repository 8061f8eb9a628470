/** What a voice call needs of everyone in it: the bot behind its sockets, or a person in this process. */
import type { RtpFrame } from './rtp.ts';

export const VOICE_OP = {
  identify: 0,
  selectProtocol: 1,
  ready: 2,
  heartbeat: 3,
  sessionDescription: 4,
  speaking: 5,
  heartbeatAck: 6,
  resume: 7,
  hello: 8,
  resumed: 9,
  clientsConnect: 11,
  /** What a client sends of video; clients of bots ignore it, as 18 and 20. */
  video: 12,
  clientDisconnect: 13,
  clientFlags: 18,
  clientPlatform: 20,
  davePrepareTransition: 21,
  daveExecuteTransition: 22,
  daveTransitionReady: 23,
  davePrepareEpoch: 24,
  daveExternalSender: 25,
  daveKeyPackage: 26,
  daveProposals: 27,
  daveCommitWelcome: 28,
  daveAnnounceCommit: 29,
  daveWelcome: 30,
  daveInvalidCommitWelcome: 31,
} as const;

export interface Participant {
  readonly userId: string;
  readonly ssrc: number;
  /** A JSON message of the voice gateway. */
  send(op: number, d: unknown): void;
  /** A binary message of the voice gateway (DAVE). */
  sendBinary(op: number, payload: Buffer): void;
  /** Somebody else's audio. */
  deliver(frame: RtpFrame, fromUserId: string): void;
}
