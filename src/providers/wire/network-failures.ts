/** What the network's errors mean to the operator. */
import { ParleyError, type ParleyErrorOptions } from '../../base/errors.ts';

/** Of Node, and of undici. */
const LOST = ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET'];
const NO_NAME = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME'];
const NOT_REACHED = ['EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'EADDRNOTAVAIL'];

/** The other side went away, possibly before it read the request. */
export const isLostConnection = (error: unknown): boolean => LOST.includes(codeOf(error));

/** @param host named in the message. @param prefix begins the code. */
export function networkFailure(error: unknown, host: string, prefix: string): ParleyError {
  if (error instanceof ParleyError) return error;
  const code = codeOf(error);
  const fail = (message: string, options: ParleyErrorOptions) =>
    new ParleyError(message, { ...options, code: `${prefix}_${options.code}` });
  if (LOST.includes(code)) {
    const remedy = 'Nothing, if it happens seldom; else look at the status page of the vendor.';
    return fail(`${host} closed the connection (${code})`, {
      code: 'CONNECTION_LOST',
      remedy,
      retryable: true,
    });
  }
  if (NO_NAME.includes(code)) {
    const remedy = 'Check the address for typing errors, and the DNS of this machine.';
    return fail(`There is no host ${host} (${code})`, { code: 'UNREACHABLE', remedy, retryable: true });
  }
  if (code === 'ECONNREFUSED') {
    const remedy = 'Start that server, or check its address and port.';
    return fail(`Nothing listens at ${host}`, { code: 'UNREACHABLE', remedy, retryable: true });
  }
  if (NOT_REACHED.includes(code)) {
    const remedy = 'Check the network of this machine and its firewall.';
    return fail(`${host} cannot be reached (${code})`, { code: 'UNREACHABLE', remedy, retryable: true });
  }
  if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) {
    const remedy = 'Check that the address is right and that no proxy stands in between.';
    return fail(`The certificate of ${host} is not to be trusted (${code})`, { code: 'UNTRUSTED', remedy });
  }
  const remedy = 'Try again; if it stays, report it with this message.';
  return fail(`The request to ${host} failed (${code || 'no code'})`, { code: 'FAILED', remedy });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code: unknown = Reflect.get(error, 'code');
  // With several addresses of one name, the reasons are inside.
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (typeof code === 'string') return code;
  return error.cause === undefined ? '' : codeOf(error.cause);
}
