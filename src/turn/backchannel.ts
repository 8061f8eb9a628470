/** Shim. */
export const isBackchannel = (text: string, _language?: string): boolean =>
  /^(mhm|uh-huh|yeah|ok|okay|right|sure|i see)[.!]?$/i.test(text);
