/** What the SDK of OpenTelemetry warns of, in words of ours: its own may hold an address with a token in it. */
import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { Log } from '../base/log.ts';

interface Kind {
  /** Matches the SDK's own text. */
  of: RegExp;
  title: string;
  remedy: string;
}

/** The first that matches holds. */
const KINDS: readonly Kind[] = [
  {
    of: /^Dropped \d+ spans/,
    title: 'spans were lost',
    remedy:
      'The collector took them too slowly, or not at all. Check it, raise OTEL_BSP_MAX_QUEUE_SIZE, or send fewer turns by OTEL_TRACES_SAMPLER.',
  },
  {
    of: /export URL|not a valid URL/,
    title: 'telemetry address cannot be used',
    remedy:
      'Set OTEL_EXPORTER_OTLP_ENDPOINT, or the one of TRACES or METRICS alone, to a whole address such as http://localhost:4318, which is used until then.',
  },
  {
    of: /Partial Success/,
    title: 'the collector refused a part of the telemetry',
    remedy: 'Its own log says which part, and why.',
  },
  {
    of: /^Configuration:|^Unknown value|^Header|BatchSpanProcessor:|resource attribute/,
    title: 'telemetry setting cannot be followed',
    remedy: 'Correct the variable; until then its default is used.',
  },
];

const OTHER = { title: 'telemetry is not quite right', remedy: 'Conversations go on without it.' };

/** Longer ones are objects written out. */
const LONGEST = 200;

/**
 * A collector that fails is told by its own watch (see `collector-watch.ts`); warnings are told to the operator, and the
 * rest only when debugging. No value of a setting is told.
 */
export function listenToSdk(log: Log): void {
  const quiet = (message: string) => log.debug({ what: withoutValues(message) }, 'telemetry');
  const warn = (message: string) => {
    const { title, remedy } = KINDS.find(({ of }) => of.test(message)) ?? OTHER;
    log.warn({ what: withoutValues(message), remedy }, title);
  };
  const logger = { error: quiet, warn, info: quiet, debug: quiet, verbose: quiet };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

/** What stands in quotes or brackets, and each address, is a value: from the first sign to the last, whatever lies between. */
const withoutValues = (message: string): string =>
  message
    .replace(/["'`({].*["'`)}]/s, '…')
    .replace(/\S+:\/\/\S*/g, '…')
    .slice(0, LONGEST);
