/** The faults that last: plain values that tests may change at any time. */
import { type NetworkFaults, perfectNetwork } from './voice/network-model.ts';

/**
 * When persons say whose their SSRC is (op 5): before their first packet of a stay, `announceLateMs` after it, or
 * not at all; `notToLateJoiners` as `on`, but who joins later is not told.
 */
export type SpeakingMode = 'on' | 'late' | 'never' | 'notToLateJoiners';

export interface DaveKnobs {
  /** Share of persons' frames that go out in clear although the group is there. */
  plainRate: number;
  /** So many of the next frames go out in clear, whoever speaks. */
  plainNext: number;
  /** Share of persons' frames that nobody can decrypt. */
  undecryptableRate: number;
  /** So many of the next frames cannot be decrypted, whoever speaks. */
  undecryptableNext: number;
  /** After a downgrade or an upgrade persons go on as before for so long: frames under way. */
  inFlightMs: number;
  /** The first group of a call comes with a numbered transition (op 23, 22), not at once with number 0. */
  numberedFirstGroup: boolean;
  /** So many of the bot's next commits are refused as invalid. */
  rejectCommits: number;
  /** Whoever leaves before he was added has his proposal revoked (op 27 of the other kind); else he is added and removed. */
  revokeProposals: boolean;
  /** How long persons take to say that they are ready for a transition (op 23); the server waits 2 s. */
  readyDelayMs: number;
}

export interface Knobs {
  /** The network from the voice server to the bot. Persons have a `network` of their own. */
  toBot: NetworkFaults;
  /** The network from the bot to the voice server. */
  fromBot: NetworkFaults;
  /** So many of the next IP discovery replies are lost. */
  dropDiscoveryReplies: number;
  /** So many of the next IP discovery replies hold no address, only noise. */
  garbleDiscoveryReplies: number;
  /** The bot's gateway op 4 goes unanswered. */
  ignoreVoiceState: boolean;
  /** The gateway leaves identify unanswered. */
  ignoreIdentify: boolean;
  /** The gateway acknowledges no heartbeat. */
  ignoreGatewayHeartbeats: boolean;
  /** VOICE_SERVER_UPDATE is sent before VOICE_STATE_UPDATE. */
  swapVoiceUpdates: boolean;
  /** `port`: the endpoint given to the bot refuses connections. A number: identify is refused with this close code. */
  refuseVoice: 'port' | number | null;
  /** The guild whose voice is refused; null for every one. */
  refuseVoiceIn: string | null;
  /** Resuming a voice session is refused with this close code. */
  refuseVoiceResume: number | null;
  /** The voice gateway acknowledges no heartbeat. */
  ignoreVoiceHeartbeats: boolean;
  /** So many of the next commits and welcomes (op 29, 30) for the bot arrive as garbage. */
  breakDaveTransitions: number;
  /** True is `on`, false is `never`. */
  announceSpeaking: boolean | SpeakingMode;
  announceLateMs: number;
  /** How long persons take to answer MLS proposals: with 0 they win every race to commit. */
  personCommitDelayMs: number;
  dave: DaveKnobs;
}

export const defaultKnobs = (): Knobs => ({
  toBot: perfectNetwork(),
  fromBot: perfectNetwork(),
  dropDiscoveryReplies: 0,
  garbleDiscoveryReplies: 0,
  ignoreVoiceState: false,
  ignoreIdentify: false,
  ignoreGatewayHeartbeats: false,
  swapVoiceUpdates: false,
  refuseVoice: null,
  refuseVoiceIn: null,
  refuseVoiceResume: null,
  ignoreVoiceHeartbeats: false,
  breakDaveTransitions: 0,
  announceSpeaking: 'on',
  announceLateMs: 200,
  personCommitDelayMs: 10,
  dave: {
    plainRate: 0,
    plainNext: 0,
    undecryptableRate: 0,
    undecryptableNext: 0,
    inFlightMs: 0,
    numberedFirstGroup: false,
    rejectCommits: 0,
    revokeProposals: false,
    readyDelayMs: 0,
  },
});

export function speakingMode({ announceSpeaking }: Knobs): SpeakingMode {
  if (typeof announceSpeaking === 'string') return announceSpeaking;
  return announceSpeaking ? 'on' : 'never';
}
