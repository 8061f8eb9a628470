/** Shim. */
export const isEcho = (heard: string, spoken: string): boolean =>
  heard.split(' ').length >= 3 && spoken.toLowerCase().includes(heard.toLowerCase());
