/** The history: what the model is shown of the talk so far. */
import { expect, it } from 'vitest';
import { History } from '../../src/conversation/history.ts';
import { UNCLEAR_SPEECH } from '../../src/providers/llm/llm.ts';

const ann = { id: '1', name: 'Ann' };
const bob = { id: '2', name: 'Bob' };
let atMs = 0;

it('ends with what is being said now, which is not kept', () => {
  const history = new History();
  expect(history.messages(ann, 'hello')).toEqual([{ role: 'user', content: 'hello' }]);
  expect(history.messages(ann, 'good day')).toEqual([{ role: 'user', content: 'good day' }]);
});

it('holds of the answers what was heard, and nothing of those that were not', () => {
  const history = new History();
  history.addUser(ann, 'what time is it', atMs++);
  history.addAgent('It is', atMs++);
  history.addUser(ann, 'never mind', atMs++);
  history.addAgent('', atMs++);
  expect(history.messages(ann, 'hello').map(({ content }) => content)).toEqual([
    'what time is it',
    'It is',
    'never mind',
    'hello',
  ]);
});

it('names the speakers once there is more than one', () => {
  const history = new History();
  history.addUser(ann, 'hello', atMs++);
  history.addAgent('Hello Ann.', atMs++);
  expect(history.messages(ann, 'how are you')[0]!.content).toBe('hello');
  expect(history.messages(bob, 'and me')).toEqual([
    { role: 'user', content: 'Ann: hello' },
    { role: 'assistant', content: 'Hello Ann.' },
    { role: 'user', content: 'Bob: and me' },
  ]);
});

it('says so where the words could not be made out', () => {
  const history = new History();
  history.addUser(ann, '', atMs++);
  expect(history.messages(ann, '').map(({ content }) => content)).toEqual([UNCLEAR_SPEECH, UNCLEAR_SPEECH]);
});

it('forgets the words of one speaker and keeps those of the others', () => {
  const history = new History();
  history.addUser(ann, 'my secret', atMs++);
  history.addUser(bob, 'hello', atMs++);
  history.forget(ann.id);
  expect(history.messages(bob, 'again')).toEqual([
    { role: 'user', content: 'hello' },
    { role: 'user', content: 'again' },
  ]);
});

it('is bounded, forgets the oldest first, and begins with a user', () => {
  const history = new History();
  for (let i = 0; i < 50; i++) {
    history.addUser(ann, `question ${i}`, atMs++);
    history.addAgent(`answer ${i}`, atMs++);
  }
  const messages = history.messages(ann, 'last');
  expect(messages).toHaveLength(21);
  expect(messages[0]).toEqual({ role: 'user', content: 'question 40' });
  history.addUser(ann, 'one more', atMs++);
  expect(history.messages(ann, 'last')[0]).toEqual({ role: 'user', content: 'question 41' });
});

it('stands in the order of time, also where an answer ended after other words', () => {
  const history = new History();
  history.addUser(bob, 'did you see that', 200);
  history.addUser(ann, 'what time is it', 100);
  history.addAgent('It is noon.', 100);
  expect(history.messages(ann, 'hello').map(({ content }) => content)).toEqual([
    'Ann: what time is it',
    'It is noon.',
    'Bob: did you see that',
    'Ann: hello',
  ]);
});
