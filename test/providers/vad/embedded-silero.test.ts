import { describe, expect, it } from 'vitest';
import { FRAME_SAMPLES } from '../../../src/audio/pcm.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { synthesise } from '../../../src/providers/tts/flite/flite.ts';
import { trimClause } from '../../../src/providers/tts/flite/trim.ts';
import { createEmbeddedSilero } from '../../../src/providers/vad/embedded-silero.ts';
import { vadConforms } from '../conformance/vad.ts';
import { spoken } from '../support/speech.ts';

const speech = spoken('a rainy yellow river runs');

const create = () => createEmbeddedSilero({ clock: systemClock, log: silentLog });

vadConforms('The embedded detector', create, () => speech);

describe('The embedded detector', () => {
  it('stays confirmed through a minute of talk, without growing', async () => {
    const pool = await create().load();
    const session = pool.take();
    const voice = trimClause(synthesise('we are all away while a rainy yellow river runs', 'slt')).slice(
      800,
      -1_200,
    );
    const frame = new Int16Array(FRAME_SAMPLES);
    const verdicts: boolean[] = [];
    for (let i = 0; i < 3_000; i++) {
      for (let k = 0; k < FRAME_SAMPLES; k++) frame[k] = voice[(i * FRAME_SAMPLES + k) % voice.length]!;
      verdicts.push(session.accept(frame));
    }
    const first = verdicts.indexOf(true);
    expect(first).toBeLessThan(15);
    expect(verdicts.slice(first)).not.toContain(false);
    session.close();
    pool.close();
  });
});
