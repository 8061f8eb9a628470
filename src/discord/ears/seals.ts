/** Sees what end-to-end decryption is given: the library does not tell why it could not open a frame. */

interface Decrypting {
  decrypt(frame: Buffer, userId: string): Buffer | null;
}

export class Seals {
  readonly #watched = new WeakSet<Decrypting>();
  #opening: Buffer | null = null;

  /** The frame of the packet at hand, as it went into decryption; null when the packet did not come so far. */
  get opening(): Buffer | null {
    return this.#opening;
  }

  /** The next packet is about to be opened, with this session if there is one. */
  watch(session: Decrypting | undefined): void {
    this.#opening = null;
    if (!session || this.#watched.has(session)) return;
    this.#watched.add(session);
    const decrypt = session.decrypt.bind(session);
    session.decrypt = (frame, userId) => {
      this.#opening = frame;
      return decrypt(frame, userId);
    };
  }
}
