/** `npm run bench -- NAME`: runs one benchmark. Results go to stdout, all else to stderr. */
import { dispatch } from './dispatch.ts';

// Whatever a benchmark, or a library under it, prints must not end up among the results.
console.log = console.info = console.error;

const code = await dispatch(process.argv.slice(2), {
  directory: new URL('./', import.meta.url),
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
});
// Ends once the output is written, also when a benchmark left a socket or a worker open.
process.stdout.write('', () => process.exit(code));
