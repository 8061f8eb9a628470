/** Figures as they are said: money, times, units, decimals, ranges. Whole numbers stay digits, which voices can read. */

const CURRENCIES: Readonly<
  Record<string, readonly [one: string, many: string, cent: string, cents: string]>
> = {
  $: ['dollar', 'dollars', 'cent', 'cents'],
  '€': ['euro', 'euros', 'cent', 'cents'],
  '£': ['pound', 'pounds', 'penny', 'pence'],
};

/** Said behind a figure: for exactly one, and for any other. */
const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  'km/h': ['kilometer per hour', 'kilometers per hour'],
  mph: ['mile per hour', 'miles per hour'],
  'm/s': ['meter per second', 'meters per second'],
  km: ['kilometer', 'kilometers'],
  cm: ['centimeter', 'centimeters'],
  mm: ['millimeter', 'millimeters'],
  m: ['meter', 'meters'],
  kg: ['kilogram', 'kilograms'],
  mg: ['milligram', 'milligrams'],
  g: ['gram', 'grams'],
  lb: ['pound', 'pounds'],
  lbs: ['pound', 'pounds'],
  oz: ['ounce', 'ounces'],
  ml: ['milliliter', 'milliliters'],
  l: ['liter', 'liters'],
  L: ['liter', 'liters'],
  ft: ['foot', 'feet'],
  kWh: ['kilowatt hour', 'kilowatt hours'],
  kW: ['kilowatt', 'kilowatts'],
  W: ['watt', 'watts'],
  TB: ['terabyte', 'terabytes'],
  GB: ['gigabyte', 'gigabytes'],
  MB: ['megabyte', 'megabytes'],
  KB: ['kilobyte', 'kilobytes'],
  kB: ['kilobyte', 'kilobytes'],
  GHz: ['gigahertz', 'gigahertz'],
  MHz: ['megahertz', 'megahertz'],
  ms: ['millisecond', 'milliseconds'],
  min: ['minute', 'minutes'],
  h: ['hour', 'hours'],
  hr: ['hour', 'hours'],
  hrs: ['hour', 'hours'],
};

const UNIT = new RegExp(
  `(?<![\\p{L}\\d.])(\\d+(?:\\.\\d+)?) ?(${Object.keys(UNITS).join('|')})(?![\\p{L}\\d/'’-])`,
  'gu',
);

/** @param text without markdown. Returns it with its figures as they are said. */
export function speakFigures(text: string): string {
  return (
    text
      .replaceAll(/(?<=\d),(?=\d{3}(?!\d))/g, '')
      .replaceAll(/([$€£]) ?(\d+)(?:\.(\d+))?(?: (thousand|million|billion|trillion))?/g, money)
      .replaceAll(/(?<![\d:.])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?![\d:])/g, time)
      .replaceAll(/(\d) ?°C\b/g, '$1 degrees Celsius')
      .replaceAll(/(\d) ?°F\b/g, '$1 degrees Fahrenheit')
      .replaceAll(/(\d) ?°/g, '$1 degrees')
      .replaceAll(UNIT, (_, figure: string, unit: string) => {
        const [one, many] = UNITS[unit]!;
        return `${figure} ${figure === '1' ? one : many}`;
      })
      .replaceAll(/(\d) ?%/g, '$1 percent')
      .replaceAll(/#(?=\d)/g, 'number ')
      .replaceAll(/~ ?(?=\d)/g, 'about ')
      .replaceAll(/(?<=\d) ?[×x] ?(?=\d)/g, ' times ')
      // Telephone numbers have hyphens too: a range is of small numbers, or of years.
      .replaceAll(/(?<![\d-])(\d{1,2}|\d{4}) ?[-–] ?(\d{1,2}|\d{4})(?![\d-])/g, '$1 to $2')
      .replaceAll(/(?<=\d):(?=\d)/g, ' to ')
      .replaceAll(/(?<=^|[\s(])[-−](?=\d)/g, 'minus ')
      .replaceAll(/\d+(?:\.\d+)+/g, decimal)
      .replaceAll(/(?<=\d),(?=\d)/g, ', ')
  );
}

function money(
  _: string,
  sign: string,
  whole: string,
  part: string | undefined,
  scale: string | undefined,
): string {
  const [one, many, cent, cents] = CURRENCIES[sign]!;
  if (scale !== undefined) return `${part === undefined ? whole : `${whole}.${part}`} ${scale} ${many}`;
  if (part !== undefined && part.length !== 2) return `${whole}.${part} ${many}`;
  const units = `${whole} ${Number(whole) === 1 ? one : many}`;
  const small = Number(part ?? 0);
  if (small === 0) return units;
  const rest = `${small} ${small === 1 ? cent : cents}`;
  return Number(whole) === 0 ? rest : `${units} and ${rest}`;
}

function time(_: string, hour: string, minute: string, second: string | undefined): string {
  const rest = second === undefined ? '' : ` and ${Number(second)} seconds`;
  if (minute === '00') return `${Number(hour)} o'clock${rest}`;
  return `${Number(hour)} ${minute.startsWith('0') ? `oh ${minute[1]}` : minute}${rest}`;
}

/** "3.14" is "3 point 1 4"; of "1.2.3" every part is a number. */
function decimal(figure: string): string {
  const [whole, ...parts] = figure.split('.');
  const said = parts.length === 1 ? [[...parts[0]!].join(' ')] : parts;
  return [whole, ...said].join(' point ');
}
