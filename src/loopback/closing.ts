/** Why WebSocket connections end: who closed, with which code and reason; so that the log tells the truth of both sides. */
import type { WebSocket } from 'ws';

export interface Closing {
  by: 'loopback' | 'client';
  code: number;
  reason: string;
}

/** A connection that breaks without goodbye. */
export const BROKEN = 1006;

const ours = new WeakMap<WebSocket, Closing>();

/** Closes a connection; code 1006 breaks it without goodbye. Only the first closing of a connection counts. */
export function closeSocket(socket: WebSocket, code: number, reason = ''): void {
  if (!ours.has(socket)) ours.set(socket, { by: 'loopback', code, reason });
  if (code === BROKEN) socket.terminate();
  else socket.close(code, reason);
}

/** How a connection ended, for its `close` event. */
export function closingOf(socket: WebSocket, code: number, reason: Buffer): Closing {
  return ours.get(socket) ?? { by: 'client', code, reason: reason.toString() };
}
