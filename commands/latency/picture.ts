/** A picture for an answer: with its description, or the sentence that stands in its place when it cannot be made. */
import type { Attachment, CommandContext } from '../../src/discord/command.ts';
import type { Subject } from '../../src/pictures/picture.ts';

export interface Illustration {
  files: readonly Attachment[];
  /** That there is no picture, as a line of its own; empty when there is one. */
  missing: string;
}

/** Never rejects: what can be said without the picture is said. */
export async function illustrate(
  context: CommandContext,
  name: string,
  subject: Subject,
): Promise<Illustration> {
  try {
    const { png, alt } = await context.pictures.paint(subject);
    return { files: [{ name: `${name}.png`, data: png, description: alt }], missing: '' };
  } catch {
    return { files: [], missing: '\n-# There is no picture this time; the log of whoever runs me says why.' };
  }
}
