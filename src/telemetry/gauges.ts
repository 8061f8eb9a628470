/** What is looked at when telemetry is collected: rooms, packets, the event loop, memory. */
import type { Meter } from '@opentelemetry/api';
import type { EventLoopWatch } from './event-loop.ts';
import { GAUGES, LABELS, OBSERVED_COUNTERS } from './names.ts';

/** The state of all voice channels together. */
export interface RoomReadings {
  rooms: number;
  /** People in them. */
  speakers: number;
  /** The longest round trip to a voice server; null when none is known. */
  pingMs: number | null;
  /** Since start. */
  framesIn: number;
  framesOut: number;
  /** Since start, by cause. */
  badPackets: Readonly<Record<string, number>>;
}

export interface GaugeOptions {
  meter: Meter;
  eventLoop: EventLoopWatch;
  isReady(): Promise<boolean>;
  /** Null while there are none yet. */
  rooms(): RoomReadings | null;
}

export function observeGauges({ meter, eventLoop, isReady, rooms }: GaugeOptions): void {
  const gauge = (key: keyof typeof GAUGES, read: (observe: Observe) => void | Promise<void>) => {
    const { name, unit, description } = GAUGES[key];
    const instrument = meter.createObservableGauge(name, { unit, description });
    instrument.addCallback((result) => read((value, labels) => result.observe(value, labels)));
  };
  const counter = (key: keyof typeof OBSERVED_COUNTERS, read: (observe: Observe) => void | Promise<void>) => {
    const { name, unit, description } = OBSERVED_COUNTERS[key];
    const instrument = meter.createObservableCounter(name, { unit, description });
    instrument.addCallback((result) => read((value, labels) => result.observe(value, labels)));
  };
  gauge('rooms', (observe) => observe(rooms()?.rooms ?? 0));
  gauge('speakers', (observe) => observe(rooms()?.speakers ?? 0));
  gauge('ping', (observe) => {
    const pingMs = rooms()?.pingMs ?? null;
    if (pingMs !== null) observe(pingMs);
  });
  gauge('ready', async (observe) => observe((await isReady()) ? 1 : 0));
  gauge('eventLoop', (observe) => {
    const delay = eventLoop.read();
    if (!delay) return;
    observe(delay.p99Ms, { [LABELS.statistic]: 'p99' });
    observe(delay.maxMs, { [LABELS.statistic]: 'max' });
  });
  gauge('memory', (observe) => {
    const { rss, heapUsed, external } = process.memoryUsage();
    observe(rss, { [LABELS.kind]: 'resident' });
    observe(heapUsed, { [LABELS.kind]: 'heap' });
    observe(external, { [LABELS.kind]: 'external' });
  });
  counter('frames', (observe) => {
    observe(rooms()?.framesIn ?? 0, { [LABELS.direction]: 'in' });
    observe(rooms()?.framesOut ?? 0, { [LABELS.direction]: 'out' });
  });
  counter('badPackets', (observe) => {
    for (const [cause, count] of Object.entries(rooms()?.badPackets ?? {}))
      observe(count, { [LABELS.cause]: cause });
  });
}

type Observe = (value: number, labels?: Record<string, string>) => void;
