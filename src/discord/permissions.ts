/** What the agent needs to be allowed in a channel, and what of it is missing now. */
import { PermissionFlagsBits, type VoiceBasedChannel } from 'discord.js';
import { ParleyError } from '../base/errors.ts';
import { isStage } from './stage.ts';

/** All that it asks for when it is invited, and nothing more. */
export const NEEDED_PERMISSIONS = {
  'View Channel': PermissionFlagsBits.ViewChannel,
  Connect: PermissionFlagsBits.Connect,
  Speak: PermissionFlagsBits.Speak,
  'Send Messages': PermissionFlagsBits.SendMessages,
} as const;

export type NeededPermission = keyof typeof NEEDED_PERMISSIONS;

/** The needed permissions that the agent does not have there, as the server's settings have them: a timeout is none. */
export function missingPermissions(channel: VoiceBasedChannel): NeededPermission[] {
  const me = channel.guild.members.me;
  const permissions = me ? channel.permissionsFor(me) : null;
  const needed = Object.keys(NEEDED_PERMISSIONS) as NeededPermission[];
  return needed.filter((name) => {
    // On a stage it is moderators who say who speaks.
    if (name === 'Speak' && isStage(channel)) return false;
    return !permissions?.has(NEEDED_PERMISSIONS[name]);
  });
}

/** A moderator timed the agent out: it may neither join nor speak nor write. Null when not. */
export function timeOut(channel: VoiceBasedChannel): ParleyError | null {
  const me = channel.guild.members.me;
  const until = me?.isCommunicationDisabled() ? me.communicationDisabledUntilTimestamp : null;
  if (!until) return null;
  return new ParleyError(`A moderator timed me out, which ends <t:${Math.ceil(until / 1000)}:R>`, {
    code: 'TIMED_OUT',
    remedy: 'End it sooner, or /join then.',
  });
}

/** Why the agent cannot be of any use there any more: it can answer in no way. Null when it can. */
export function whyBarred(channel: VoiceBasedChannel): ParleyError | null {
  const missing = missingPermissions(channel);
  const can = (name: NeededPermission) => !missing.includes(name);
  if (!can('View Channel')) {
    return new ParleyError('I may no longer see the voice channel', {
      code: 'CHANNEL_HIDDEN',
      remedy: 'Give me the permission View Channel there, then /join.',
    });
  }
  if (!can('Speak') && !can('Send Messages')) {
    return new ParleyError('I may neither speak nor write in the voice channel any more', {
      code: 'CANNOT_ANSWER',
      remedy: 'Give me the permissions Speak and Send Messages there, then /join.',
    });
  }
  return timeOut(channel);
}
