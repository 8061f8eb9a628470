/**
 * Just enough of WASI, in plain JavaScript, to run one command-line WebAssembly program that writes one file.
 * Node's own `node:wasi` is not used because it was seen to crash the process with Flite.
 */

const OK = 0;
const BAD_FD = 8;
const NOT_SEEKABLE = 70;
const ROOT_FD = 3;
const FILE_FD = 4;
const DIRECTORY = 3;
const CHARACTER_DEVICE = 2;
const REGULAR_FILE = 4;
const ALL_RIGHTS = 0xffff_ffff_ffff_ffffn;

export interface WasiResult {
  exitCode: number;
  /** What the program wrote into the file it opened; empty when it opened none. */
  file: Uint8Array;
  /** What it printed on stdout and stderr. */
  printed: string;
}

class Exit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** The one file of a run: grows as it is written, can be sought in (a WAV header is patched at the end). */
class MemoryFile {
  #bytes = new Uint8Array(1 << 18);
  #length = 0;
  position = 0;

  get length(): number {
    return this.#length;
  }

  write(bytes: Uint8Array): void {
    const end = this.position + bytes.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.position);
    this.position = end;
    this.#length = Math.max(this.#length, end);
  }

  content(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Runs `module` as a command with `args` (the first is its own name) to its end; blocks while it runs. */
export function runWasi(module: WebAssembly.Module, args: readonly string[]): WasiResult {
  const encoder = new TextEncoder();
  const argBytes = args.map((arg) => encoder.encode(`${arg}\0`));
  const file = new MemoryFile();
  const printed: string[] = [];
  let memory: WebAssembly.Memory;
  const view = () => new DataView(memory.buffer);
  const bytes = (at: number, length: number) => new Uint8Array(memory.buffer, at, length);

  const calls = {
    args_sizes_get(countAt: number, sizeAt: number) {
      view().setUint32(countAt, argBytes.length, true);
      view().setUint32(
        sizeAt,
        argBytes.reduce((sum, arg) => sum + arg.length, 0),
        true,
      );
      return OK;
    },
    args_get(pointersAt: number, bufferAt: number) {
      let at = bufferAt;
      for (const [i, arg] of argBytes.entries()) {
        view().setUint32(pointersAt + 4 * i, at, true);
        bytes(at, arg.length).set(arg);
        at += arg.length;
      }
      return OK;
    },
    // Time stands still in there: the same text always gives the same sound.
    clock_time_get(_id: number, _precision: bigint, at: number) {
      view().setBigUint64(at, 0n, true);
      return OK;
    },
    fd_close: () => OK,
    fd_fdstat_set_flags: () => OK,
    fd_fdstat_get(fd: number, at: number) {
      bytes(at, 24).fill(0);
      const kind = fd < ROOT_FD ? CHARACTER_DEVICE : fd === ROOT_FD ? DIRECTORY : REGULAR_FILE;
      view().setUint8(at, kind);
      view().setBigUint64(at + 8, ALL_RIGHTS, true);
      view().setBigUint64(at + 16, ALL_RIGHTS, true);
      return OK;
    },
    fd_prestat_get(fd: number, at: number) {
      if (fd !== ROOT_FD) return BAD_FD;
      view().setUint32(at, 0, true);
      view().setUint32(at + 4, 1, true);
      return OK;
    },
    fd_prestat_dir_name(_fd: number, at: number, _length: number) {
      bytes(at, 1).set(encoder.encode('/'));
      return OK;
    },
    fd_read(_fd: number, _vectorsAt: number, _count: number, readAt: number) {
      view().setUint32(readAt, 0, true);
      return OK;
    },
    fd_seek(fd: number, offset: bigint, whence: number, positionAt: number) {
      if (fd !== FILE_FD) return NOT_SEEKABLE;
      const from = whence === 0 ? 0 : whence === 1 ? file.position : file.length;
      file.position = from + Number(offset);
      view().setBigUint64(positionAt, BigInt(file.position), true);
      return OK;
    },
    fd_write(fd: number, vectorsAt: number, count: number, writtenAt: number) {
      let written = 0;
      for (let i = 0; i < count; i++) {
        const at = view().getUint32(vectorsAt + 8 * i, true);
        const length = view().getUint32(vectorsAt + 8 * i + 4, true);
        const chunk = bytes(at, length);
        if (fd === FILE_FD) file.write(chunk);
        else printed.push(Buffer.from(chunk).toString());
        written += length;
      }
      view().setUint32(writtenAt, written, true);
      return OK;
    },
    path_open(...params: (number | bigint)[]) {
      view().setUint32(Number(params[8]), FILE_FD, true);
      return OK;
    },
    proc_exit(code: number) {
      throw new Exit(code);
    },
  };

  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: calls });
  memory = instance.exports.memory as WebAssembly.Memory;
  let exitCode = 0;
  try {
    (instance.exports._start as () => void)();
  } catch (thrown) {
    if (!(thrown instanceof Exit)) throw thrown;
    exitCode = thrown.exitCode;
  }
  return { exitCode, file: file.content(), printed: printed.join('') };
}
