/** The thread that draws pictures. */
import { goAfterAudio } from '../base/thread-priority.ts';
import { answerQuestions } from '../base/worker-answers.ts';
import { draw } from './draw.ts';
import type { Picture, Subject } from './picture.ts';

goAfterAudio();
answerQuestions<Subject>(
  async (subject) => draw(subject),
  (error) => (error instanceof Error ? error.message : String(error)),
  (picture) => [(picture as Picture).png.buffer as ArrayBuffer],
);
