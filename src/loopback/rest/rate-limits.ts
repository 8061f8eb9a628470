/** Discord's REST limits: so many requests per route and time, so many in all, told in headers before they are felt. */
import { createHash } from 'node:crypto';
import type { RestAnswer } from './http.ts';

export type LimitScope = 'user' | 'shared' | 'global';

interface Rule {
  method: string;
  path: RegExp;
  limit: number;
  windowMs: number;
}

/** As bots see them; Discord documents none of these figures and may change them. */
const RULES: readonly Rule[] = [
  { method: 'POST', path: /^channels\/\d+\/messages$/, limit: 5, windowMs: 5000 },
  { method: 'PATCH', path: /^channels\/\d+\/messages\/\d+$/, limit: 5, windowMs: 5000 },
  { method: 'DELETE', path: /^channels\/\d+\/messages\/\d+$/, limit: 5, windowMs: 1000 },
  { method: 'POST', path: /^channels\/\d+\/typing$/, limit: 5, windowMs: 5000 },
  { method: 'POST', path: /^webhooks\/\d+\/[^/]+$/, limit: 5, windowMs: 2000 },
  { method: 'PATCH', path: /^webhooks\/\d+\/[^/]+\/messages\/[^/]+$/, limit: 5, windowMs: 2000 },
];
/** All requests of a bot together, except those about interactions. */
const GLOBAL_LIMIT = 50;
const GLOBAL_WINDOW_MS = 1000;
const OUTSIDE_GLOBAL = ['interactions', 'webhooks'];
/** What stays of a path in a bucket's name: the top-level resource is part of the count alone. */
const IDS = /\d{6,}/g;

interface Window {
  used: number;
  endsMs: number;
}

type Headers = Record<string, string>;

/** The answer to a request that came too fast, with all the headers of Discord's. */
export function tooManyRequests(scope: LimitScope, retryAfterMs: number, headers: Headers = {}): RestAnswer {
  const seconds = retryAfterMs / 1000;
  const global = scope === 'global';
  const whose = scope === 'shared' ? 'The resource is' : 'You are';
  return {
    status: 429,
    headers: {
      ...headers,
      'retry-after': String(Math.ceil(seconds)),
      'x-ratelimit-scope': scope,
      ...(global ? { 'x-ratelimit-global': 'true' } : {}),
    },
    body: { message: `${whose} being rate limited.`, retry_after: seconds, global },
  };
}

/** The headers that tell of a bucket. */
export function bucketHeaders(
  bucket: string,
  limit: number,
  remaining: number,
  resetAfterMs: number,
): Headers {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': ((Date.now() + resetAfterMs) / 1000).toFixed(3),
    'x-ratelimit-reset-after': (resetAfterMs / 1000).toFixed(3),
    'x-ratelimit-bucket': createHash('md5').update(bucket).digest('hex'),
  };
}

export class RateLimits {
  readonly #windows = new Map<string, Window>();

  /** Counts one request. The answer is the refusal, or headers for the answer to come. */
  take(method: string, path: readonly string[]): { refusal: RestAnswer } | { headers: Headers } {
    if (!OUTSIDE_GLOBAL.includes(path[0] ?? '')) {
      const all = this.#count('global', GLOBAL_LIMIT, GLOBAL_WINDOW_MS);
      if (all.over) return { refusal: tooManyRequests('global', all.leftMs) };
    }
    const route = path.join('/');
    const rule = RULES.find((known) => known.method === method && known.path.test(route));
    if (!rule) return { headers: {} };
    const { limit, windowMs } = rule;
    // Messages of one channel share a count, whatever their ids.
    const { over, used, leftMs } = this.#count(`${method} ${path.slice(0, 3).join('/')}`, limit, windowMs);
    const bucket = `${method} ${route.replaceAll(IDS, 'id')}`;
    const headers = bucketHeaders(bucket, limit, Math.max(0, limit - used), leftMs);
    return over ? { refusal: tooManyRequests('user', leftMs, headers) } : { headers };
  }

  #count(key: string, limit: number, windowMs: number): { over: boolean; used: number; leftMs: number } {
    const nowMs = performance.now();
    const known = this.#windows.get(key);
    const window = known && known.endsMs > nowMs ? known : { used: 0, endsMs: nowMs + windowMs };
    this.#windows.set(key, window);
    const over = window.used >= limit;
    if (!over) window.used += 1;
    return { over, used: window.used, leftMs: window.endsMs - nowMs };
  }
}
