/** What every speech-to-text adapter does, whoever hears. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SpeechToText, SttConnection } from '../../../src/providers/stt/stt.ts';
import { settle } from '../../support/virtual-clock.ts';
import { SttLog } from '../support/events.ts';

export interface SttSubject {
  create(): SpeechToText;
  /** Two utterances, 16 kHz mono, each under 2 s, and the words that are recognised in them. */
  first: { pcm: Int16Array; words: string };
  second: { pcm: Int16Array; words: string };
}

const ANN = { id: '1', name: 'Ann' };
const BEN = { id: '2', name: 'Ben' };
const FRAME = 320;

/** @param interims whether it tells words before it is asked for them. */
export function sttConforms(name: string, subject: () => SttSubject, { interims = true } = {}): void {
  describe(`${name} is a speech-to-text adapter`, () => {
    let connection: SttConnection;
    beforeAll(async () => {
      connection = await subject().create().connect(new AbortController().signal);
    });
    afterAll(async () => {
      await connection.close();
    });

    function open(speaker = ANN) {
      const log = new SttLog();
      const recogniser = connection.openRecogniser(speaker, log.listener);
      const say = (pcm: Int16Array) => {
        for (let at = 0; at < pcm.length; at += FRAME) recogniser.write(pcm.subarray(at, at + FRAME));
      };
      return { log, recogniser, say };
    }

    it('names itself and where it works', () => {
      const stt = subject().create();
      expect(stt.name).not.toBe('');
      expect(stt.place).not.toBe('');
    });

    it('answers each commit with one final, in order', async () => {
      const { first, second } = subject();
      const { log, recogniser, say } = open();
      say(first.pcm);
      const one = recogniser.commit();
      say(second.pcm);
      const two = recogniser.commit();
      expect(two).not.toBe(one);
      await log.final(two);
      expect(log.finals).toMatchObject([
        { commitId: one, text: first.words, understood: true },
        { commitId: two, text: second.words, understood: true },
      ]);
      recogniser.close();
    });

    it.runIf(interims)('tells the words while they are spoken, before the final', async () => {
      const { first } = subject();
      const { log, recogniser, say } = open();
      say(first.pcm);
      await log.interim(({ text }) => text === first.words);
      expect(log.finals).toEqual([]);
      expect(first.words.startsWith(log.interims.find((text) => text !== '')!.split(' ')[0]!)).toBe(true);
      recogniser.close();
    });

    it('never calls back from within a call', async () => {
      const { log, recogniser, say } = open();
      say(subject().first.pcm);
      const id = recogniser.commit();
      expect(log.events).toEqual([]);
      await log.final(id);
      recogniser.close();
    });

    it('lets the memory of written audio be used again', async () => {
      const { first } = subject();
      const { log, recogniser } = open();
      const pcm = first.pcm.slice();
      recogniser.write(pcm);
      expect(pcm).toHaveLength(first.pcm.length);
      pcm.fill(0);
      expect(await log.final(recogniser.commit())).toMatchObject({ text: first.words });
      recogniser.close();
    });

    it('forgets an utterance on reset', async () => {
      const { first, second } = subject();
      const { log, recogniser, say } = open();
      say(first.pcm);
      recogniser.reset();
      say(second.pcm);
      const id = recogniser.commit();
      await log.final(id);
      expect(log.finals).toMatchObject([{ commitId: id, text: second.words }]);
      recogniser.close();
    });

    it('keeps two speakers apart', async () => {
      const { first, second } = subject();
      const ann = open(ANN);
      const ben = open(BEN);
      for (let at = 0; at < Math.max(first.pcm.length, second.pcm.length); at += FRAME) {
        ann.recogniser.write(first.pcm.subarray(at, at + FRAME));
        ben.recogniser.write(second.pcm.subarray(at, at + FRAME));
      }
      const [annId, benId] = [ann.recogniser.commit(), ben.recogniser.commit()];
      expect(await ann.log.final(annId)).toMatchObject({ text: first.words });
      expect(await ben.log.final(benId)).toMatchObject({ text: second.words });
      ann.recogniser.close();
      ben.recogniser.close();
    });

    it('says that silence holds no words', async () => {
      const { log, recogniser } = open();
      recogniser.write(new Int16Array(16_000));
      expect(await log.final(recogniser.commit())).toMatchObject({ text: '', understood: false });
      recogniser.close();
    });

    it('answers a commit of nothing, in its turn', async () => {
      const { log, recogniser, say } = open();
      const none = recogniser.commit();
      say(subject().first.pcm);
      const some = recogniser.commit();
      const last = recogniser.commit();
      await log.final(last);
      expect(log.finals).toMatchObject([
        { commitId: none, text: '', understood: false },
        { commitId: some, text: subject().first.words },
        { commitId: last, text: '', understood: false },
      ]);
      recogniser.close();
    });

    it('hears the same in pieces of any size, and after half a second of digital silence', async () => {
      const { first } = subject();
      const { log, recogniser } = open();
      recogniser.write(new Int16Array(8_000));
      recogniser.write(new Int16Array(0));
      for (let at = 0, size = 1; at < first.pcm.length; at += size, size = (size * 7 + 3) % 1_601) {
        recogniser.write(first.pcm.subarray(at, at + size));
      }
      expect(await log.final(recogniser.commit())).toMatchObject({ text: first.words, understood: true });
      recogniser.close();
    });

    it('does not mind a reset or a close too many', async () => {
      const { log, recogniser, say } = open();
      recogniser.reset();
      recogniser.reset();
      say(subject().first.pcm);
      expect(await log.final(recogniser.commit())).toMatchObject({ text: subject().first.words });
      recogniser.reset();
      recogniser.close();
      recogniser.close();
      recogniser.reset();
      const told = log.events.length;
      recogniser.commit();
      await settle();
      expect(log.events.slice(told).filter(({ type }) => type !== 'error')).toEqual([]);
    });

    it('is silent once closed', async () => {
      const closed = open();
      closed.say(subject().first.pcm);
      closed.recogniser.commit();
      closed.recogniser.close();
      closed.recogniser.write(subject().first.pcm);
      const other = open(BEN);
      other.say(subject().second.pcm);
      await other.log.final(other.recogniser.commit());
      expect(closed.log.events).toEqual([]);
      other.recogniser.close();
    });

    it('does not connect once its signal is aborted', async () => {
      const reason = new Error('changed my mind');
      await expect(subject().create().connect(AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });
}
