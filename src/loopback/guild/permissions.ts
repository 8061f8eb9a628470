/** Permission bits, and Discord's rule for computing them from roles and channel overwrites. */

export const PERMISSIONS = {
  Administrator: 1n << 3n,
  ManageChannels: 1n << 4n,
  ManageGuild: 1n << 5n,
  AddReactions: 1n << 6n,
  Stream: 1n << 9n,
  ViewChannel: 1n << 10n,
  SendMessages: 1n << 11n,
  EmbedLinks: 1n << 14n,
  AttachFiles: 1n << 15n,
  ReadMessageHistory: 1n << 16n,
  Connect: 1n << 20n,
  Speak: 1n << 21n,
  MuteMembers: 1n << 22n,
  DeafenMembers: 1n << 23n,
  MoveMembers: 1n << 24n,
  UseVAD: 1n << 25n,
  ChangeNickname: 1n << 26n,
  ManageNicknames: 1n << 27n,
  UseApplicationCommands: 1n << 31n,
  RequestToSpeak: 1n << 32n,
  SetVoiceChannelStatus: 1n << 48n,
} as const;

export type PermissionName = keyof typeof PERMISSIONS;

export const bitsOf = (names: readonly PermissionName[]): bigint =>
  names.reduce((bits, name) => bits | PERMISSIONS[name], 0n);

/** What everyone may do in a new guild. */
export const EVERYONE = bitsOf([
  'AddReactions',
  'Stream',
  'ViewChannel',
  'SendMessages',
  'EmbedLinks',
  'AttachFiles',
  'ReadMessageHistory',
  'Connect',
  'Speak',
  'UseVAD',
  'ChangeNickname',
  'UseApplicationCommands',
  'RequestToSpeak',
]);

/** All that a timeout leaves. */
export const TIMED_OUT = bitsOf(['ViewChannel', 'ReadMessageHistory']);

export const ALL = (1n << 53n) - 1n;

export interface Overwrite {
  /** Of the role (type 0) or member (type 1). */
  id: string;
  type: 0 | 1;
  allow: bigint;
  deny: bigint;
}

export interface Holder {
  userId: string;
  isOwner: boolean;
  roleIds: readonly string[];
  /** The permissions of @everyone and of the holder's roles together. */
  base: bigint;
}

/** The holder's permissions in a channel with these overwrites; without VIEW_CHANNEL nothing is left. */
export function computePermissions(
  holder: Holder,
  guildId: string,
  overwrites: readonly Overwrite[],
): bigint {
  if (holder.isOwner || (holder.base & PERMISSIONS.Administrator) !== 0n) return ALL;
  const everyone = overwrites.filter((overwrite) => overwrite.id === guildId);
  const roles = overwrites.filter((o) => o.type === 0 && o.id !== guildId && holder.roleIds.includes(o.id));
  const member = overwrites.filter((o) => o.type === 1 && o.id === holder.userId);
  let bits = holder.base;
  for (const group of [everyone, roles, member]) {
    for (const { deny } of group) bits &= ~deny;
    for (const { allow } of group) bits |= allow;
  }
  return (bits & PERMISSIONS.ViewChannel) === 0n ? 0n : bits;
}
