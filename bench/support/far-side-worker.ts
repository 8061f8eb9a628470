/** The thread behind FarSide. */
import { parentPort } from 'node:worker_threads';
import { startLoopback } from '../../src/loopback/index.ts';
import { type HeardFrame, sharedNowMs } from './far-side.ts';

const loopback = await startLoopback();
const [channelId = ''] = loopback.voiceChannelIds;
await loopback.addPerson({ name: 'Listener' }).joinVoice(channelId);
const toShared = sharedNowMs() - performance.now();
let frames: HeardFrame[] = [];
const handOver = () => {
  parentPort?.postMessage(frames);
  frames = [];
};
loopback.room.onFrame(({ arrivedMs, silence }) => frames.push({ atMs: arrivedMs + toShared, silence }));
const timer = setInterval(handOver, 1_000);
parentPort?.on('message', async () => {
  clearInterval(timer);
  handOver();
  await loopback.close();
  parentPort?.close();
});
const { apiUrl, token, caPem, guildId } = loopback;
parentPort?.postMessage({ apiUrl, token, caPem, guildId, channelId });
