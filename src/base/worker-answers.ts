/** The worker's side of a `WorkerDesk`: says that it is ready, and answers one question after the other or side by side. */
import { parentPort } from 'node:worker_threads';
import type { FromDeskWorker } from './worker-desk.ts';

/**
 * Call it once the thread can answer.
 * @param why what the desk is told of an error: cloneable, and its `refusal` makes a ParleyError of it.
 * @param transfers buffers inside an answer that need not be copied.
 */
export function answerQuestions<Question extends { ask: string }>(
  answer: (question: Question) => Promise<unknown>,
  why: (error: unknown) => unknown,
  transfers: (value: unknown) => readonly ArrayBuffer[] = () => [],
): void {
  const port = parentPort!;
  const post = (message: FromDeskWorker, transfer: readonly ArrayBuffer[] = []) =>
    port.postMessage(message, [...transfer]);
  port.on('message', (question: Question & { id: number }) => {
    const { id } = question;
    answer(question).then(
      (value) => post({ type: 'answer', id, value }, transfers(value)),
      (error: unknown) => post({ type: 'refused', id, why: why(error) }),
    );
  });
  post({ type: 'ready' });
}
