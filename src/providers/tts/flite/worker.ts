/** The synthesiser's thread: one clause in, its sound out. */
import { parentPort, workerData } from 'node:worker_threads';
import { goAfterAudio } from '../../../base/thread-priority.ts';
import { synthesise } from './flite.ts';
import type { FliteWorkerData, FromFlite, ToFlite } from './protocol.ts';
import { trimClause } from './trim.ts';

goAfterAudio();
const port = parentPort!;
const { voice } = workerData as FliteWorkerData;
const post = (message: FromFlite, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

// The first syntheses are several times slower than the rest: the engine is still compiling.
for (let i = 0; i < 3; i++) synthesise('Hello there, how are you?', voice);

port.on('message', ({ id, text }: ToFlite) => {
  try {
    const pcm = trimClause(synthesise(text, voice));
    post({ type: 'spoken', id, pcm }, [pcm.buffer as ArrayBuffer]);
  } catch (thrown) {
    post({ type: 'failed', id, message: thrown instanceof Error ? thrown.message : String(thrown) });
  }
});
post({ type: 'ready' });
