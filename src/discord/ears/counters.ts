/** What went wrong with the packets of one connection: each is counted once, under its cause, and none of it is heard. */

export interface ReceiveCounters {
  /** Too short to be RTP; the library itself dies of 9 to 11 bytes. */
  short: number;
  /** Not RTP version 2. */
  otherVersion: number;
  /** Not Opus: video, control packets. */
  otherType: number;
  /** Nobody was announced as the sender in time. */
  unannounced: number;
  /** Corrupt, or sealed with a wrong key: transport decryption failed. */
  forged: number;
  /** Arrived while the end-to-end encryption had no group yet: noise, if decoded. */
  beforeEncryption: number;
  /** In clear, though the call is end-to-end encrypted: not from a member of the call. */
  plaintext: number;
  /** End-to-end decryption failed, or nobody tried it on a frame that is sealed. */
  undecryptable: number;
  /** End-to-end encryption takes no packet twice. */
  repeated: number;
  /** Came once more than they should, where end-to-end encryption did not notice. */
  duplicate: number;
  /** Came after they had been given up as lost. */
  late: number;
  /** Never came in time; the late ones among them were heard of again. */
  lost: number;
  /** Intact on the way, but not Opus inside. */
  undecodable: number;
}

export const noReceiveCounters = (): ReceiveCounters => ({
  ...{ short: 0, otherVersion: 0, otherType: 0, unannounced: 0, forged: 0, beforeEncryption: 0 },
  ...{ plaintext: 0, undecryptable: 0, repeated: 0, duplicate: 0, late: 0, lost: 0, undecodable: 0 },
});
