/** Whether all that is used has a price: without one no bill is told, and a daily cap keeps the agent from starting. */
import type { Config } from '../config/config.ts';
import { assertPriced, createLedger } from '../money/ledger.ts';
import { loadPrices } from '../money/price-file.ts';
import { serviceName } from '../money/prices.ts';
import { servicesOf } from '../money/services.ts';
import type { Providers } from '../providers/providers.ts';
import { type Finding, failed } from './report.ts';

const WHAT = 'Prices';

export async function examinePrices(
  { pricesFile, dailyCapUsd }: Config,
  providers: Providers,
): Promise<Finding> {
  const services = Object.values(servicesOf(providers));
  try {
    const prices = await loadPrices(pricesFile);
    const ledger = createLedger({
      ...{ prices, dailyCapUsd, nowUnixMs: () => 0, earlier: null, onChange: () => undefined },
    });
    assertPriced(ledger, services);
    const unknown = services.filter((service) => ledger.ratesOf(service) === null).map(serviceName);
    if (unknown.length === 0) return { what: WHAT, state: 'ok', found: 'known', remedy: null };
    const found = `nobody knows what ${unknown.join(' and ')} costs: /latency stats tells no bill`;
    const remedy = 'Put the price into a file and name that in PRICES_FILE.';
    return { what: WHAT, state: 'warns', found, remedy };
  } catch (error) {
    return failed(WHAT, error);
  }
}
