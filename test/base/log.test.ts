/** What the log tells of errors: enough to find the cause, and nothing of what a library was asked to send. */
import { expect, it } from 'vitest';
import { ParleyError } from '../../src/base/errors.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';

function logged(error: unknown): LogLine {
  const lines: LogLine[] = [];
  recordingLog(lines, () => undefined).error({ err: error }, 'it failed');
  return lines[0]!;
}

it('has the code, the remedy and the causes of an error', () => {
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' });
  const error = new ParleyError('No vendor', { code: 'DOWN', remedy: 'Call it.', cause });
  expect(logged(error).err).toMatchObject({
    ...{ type: 'ParleyError', message: 'No vendor', code: 'DOWN', remedy: 'Call it.' },
    stack: expect.stringContaining('log.test.ts'),
    cause: { message: 'refused', code: 'ECONNREFUSED', syscall: 'connect' },
  });
});

it('has not what a request held', () => {
  const request = { requestBody: { content: 'my secret' }, url: 'https://discord.com/webhooks/1/my-token' };
  const error = new Error('outer', { cause: Object.assign(new Error('inner'), request, { status: 500 }) });
  const line = logged(error);
  expect(line.err).toMatchObject({ cause: { message: 'inner', status: 500 } });
  expect(JSON.stringify(line)).not.toMatch(/secret|my-token/);
});

it('has a thrown value that is no error as text', () => {
  expect(logged('no luck').err).toEqual({ type: 'string', message: 'no luck' });
});
