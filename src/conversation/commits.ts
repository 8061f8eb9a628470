/** Which final transcripts a recogniser still owes, and the words it had for each: finals are lost, or told twice. */

interface Owed {
  commitId: number;
  /** The latest interim of that utterance. */
  interim: string;
}

export class Commits {
  #owed: Owed[] = [];
  /** Of the utterance that is not yet committed. */
  #interim = '';

  /** The latest interim, of whichever utterance it belongs to. */
  get interim(): string {
    return this.#interim || (this.#owed.at(-1)?.interim ?? '');
  }

  /** @param goesOn the speaker has gone on since the last commit, so that the words are of what is said now. */
  heard(interim: string, goesOn: boolean): void {
    const last = this.#owed.at(-1);
    if (last && !goesOn) last.interim = interim;
    else this.#interim = interim;
  }

  committed(commitId: number): void {
    this.#owed.push({ commitId, interim: this.#interim });
    this.#interim = '';
  }

  /**
   * A final came. Returns the words of the commits before it whose finals were lost, oldest first, or null when it
   * is not owed (any more).
   */
  answered(commitId: number): readonly string[] | null {
    const at = this.#owed.findIndex((owed) => owed.commitId === commitId);
    if (at < 0) return null;
    const lost = this.#owed.slice(0, at).map(({ interim }) => interim);
    this.#owed = this.#owed.slice(at + 1);
    return lost;
  }

  /** Nothing is owed any more. */
  forget(): void {
    this.#owed = [];
    this.#interim = '';
  }
}
