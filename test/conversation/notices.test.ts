/** The spoken notices: prepared at join, and what becomes of those that cannot be. */
import { expect, it } from 'vitest';
import { rmsDbfs, VOICED_DBFS } from '../../src/audio/energy.ts';
import { silentLog } from '../../src/base/log.ts';
import { NOTICE_TEXTS, renderNotices } from '../../src/conversation/notices.ts';
import { fakeProviders, vendorError } from '../support/fake-providers.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const { signal } = new AbortController();

it('are synthesised once each, word for word', async () => {
  const { tts } = fakeProviders();
  const notices = await renderNotices(await tts.connect(signal), new VirtualClock(), silentLog);
  expect(tts.clauses).toHaveLength(2);
  expect(new Set(tts.clauses.map(({ clause }) => clause))).toEqual(new Set(Object.values(NOTICE_TEXTS)));
  expect(notices.sampleRate).toBe(tts.sampleRate);
  expect(notices.failure).toBeNull();
  for (const kind of ['tooSlow', 'failed'] as const) {
    expect(rmsDbfs(notices.pcm(kind)!)).toBeGreaterThan(VOICED_DBFS);
  }
});

it('that fail are missing, and nothing is thrown', async () => {
  const { tts } = fakeProviders();
  tts.script = { error: vendorError('QUOTA') };
  const clock = new VirtualClock();
  const notices = await renderNotices(await tts.connect(signal), clock, silentLog);
  expect(notices.pcm('tooSlow')).toBeNull();
  expect(notices.pcm('failed')).toBeNull();
  // It may do better the next time.
  expect(notices.failure).toBeNull();
  expect(clock.pending).toBe(0);
});

it('that fail for good say why', async () => {
  const { tts } = fakeProviders();
  const error = vendorError('VOICE', false);
  tts.script = { error };
  const { failure } = await renderNotices(await tts.connect(signal), new VirtualClock(), silentLog);
  expect(failure).toBe(error);
});

it('that never come cost 5 s together, and are cancelled', async () => {
  const { tts } = fakeProviders();
  tts.script = { hangs: true };
  const clock = new VirtualClock(0);
  const rendering = renderNotices(await tts.connect(signal), clock, silentLog);
  await clock.advance(5_000);
  const notices = await rendering;
  expect(notices.pcm('failed')).toBeNull();
  expect(new Set(tts.cancelled)).toEqual(new Set(['notice-failed', 'notice-tooSlow']));
  expect(clock.pending).toBe(0);
});

it('without a sound are missing: they are better written than not heard', async () => {
  const { tts } = fakeProviders();
  tts.script = { toneMs: 0 };
  const notices = await renderNotices(await tts.connect(signal), new VirtualClock(), silentLog);
  expect(notices.pcm('tooSlow')).toBeNull();
});
