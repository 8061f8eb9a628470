/** What runs on this machine: how people are told so, and which addresses lead there. */

/** In place of the vendor's whereabouts. */
export const ON_THIS_MACHINE = 'on this machine';

/** @param hostname as a URL has it: IPv6 in brackets. */
export const isThisMachine = (hostname: string): boolean => /^(localhost$|127\.|\[::1\]$)/.test(hostname);
