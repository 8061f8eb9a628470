/** The faults that tests turn on: plain values that may be changed at any time. */
import { type NetworkFaults, perfectNetwork } from './voice/network-model.ts';

export interface Knobs {
  /** The network from the voice server to the bot. */
  toBot: NetworkFaults;
  /** The network from the bot to the voice server. */
  fromBot: NetworkFaults;
  /** So many of the next IP discovery replies are lost. */
  dropDiscoveryReplies: number;
  /** The bot's gateway op 4 goes unanswered. */
  ignoreVoiceState: boolean;
  /** The gateway acknowledges no heartbeat. */
  ignoreGatewayHeartbeats: boolean;
  /** VOICE_SERVER_UPDATE is sent before VOICE_STATE_UPDATE. */
  swapVoiceUpdates: boolean;
  /** `port`: the endpoint given to the bot refuses connections. A number: identify is refused with this close code. */
  refuseVoice: 'port' | number | null;
  /** Resuming a voice session is refused with this close code. */
  refuseVoiceResume: number | null;
  /** The voice gateway acknowledges no heartbeat. */
  ignoreVoiceHeartbeats: boolean;
  /** So many of the next commits and welcomes (op 29, 30) for the bot arrive as garbage. */
  breakDaveTransitions: number;
  /** Persons announce themselves (op 5) before their first packet of a stay. */
  announceSpeaking: boolean;
  /** How long persons take to answer MLS proposals: with 0 they win every race to commit. */
  personCommitDelayMs: number;
}

export const defaultKnobs = (): Knobs => ({
  toBot: perfectNetwork(),
  fromBot: perfectNetwork(),
  dropDiscoveryReplies: 0,
  ignoreVoiceState: false,
  ignoreGatewayHeartbeats: false,
  swapVoiceUpdates: false,
  refuseVoice: null,
  refuseVoiceResume: null,
  ignoreVoiceHeartbeats: false,
  breakDaveTransitions: 0,
  announceSpeaking: true,
  personCommitDelayMs: 10,
});
