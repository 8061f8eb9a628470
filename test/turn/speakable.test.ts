import { describe, expect, it } from 'vitest';
import { speakable } from '../../src/turn/speakable.ts';

describe('speakable', () => {
  it.each([
    // nothing to change
    ['The light is on, and it is warm.', 'The light is on, and it is warm.'],
    ["It's 5 o'clock, isn't it?", "It's 5 o'clock, isn't it?"],
    ['In 1999 there were 20 of them.', 'In 1999 there were 20 of them.'],
    ['a well-known twenty-one', 'a well-known twenty-one'],
    // abbreviations
    ['Ask Dr. Miller or Mrs. Jones.', 'Ask Doctor Miller or Missus Jones.'],
    ['Something sweet, e.g. honey.', 'Something sweet, for example honey.'],
    ['The last one, i.e., the red.', 'The last one, that is the red.'],
    ['Apples, pears, etc.', 'Apples, pears, et cetera.'],
    ['Apples, pears, etc. are cheap.', 'Apples, pears, et cetera are cheap.'],
    ['cats vs. dogs', 'cats versus dogs'],
    ['St. Louis, 5 Main St. today', 'Saint Louis, 5 Main Street today'],
    ['in the U.S. today', 'in the U S today'],
    ['see no. 5', 'see number 5'],
    // figures
    ['It is 3.5 times more.', 'It is 3 point 5 times more.'],
    ['Pi is 3.14.', 'Pi is 3 point 1 4.'],
    ['version 1.2.3', 'version 1 point 2 point 3'],
    ['about 1,250,000 people', 'about 1250000 people'],
    ['at 10:30', 'at 10 30'],
    ['at 10:05 a.m. sharp', 'at 10 oh 5 AM sharp'],
    ['at 9:00 p.m.', "at 9 o'clock PM."],
    ['It is $4.20.', 'It is 4 dollars and 20 cents.'],
    ['$1', '1 dollar'],
    ['£0.50 or €3', '50 pence or 3 euros'],
    ['$1.5 million', '1 point 5 million dollars'],
    ['50% off', '50 percent off'],
    ['12.5 %', '12 point 5 percent'],
    ['20°C, 70 °F, 90°', '20 degrees Celsius, 70 degrees Fahrenheit, 90 degrees'],
    ['5 km, 1 kg, 2.5 l, 100km/h', '5 kilometers, 1 kilogram, 2 point 5 liters, 100 kilometers per hour'],
    ['-5 or 3-4 or 1990–1995', 'minus 5 or 3 to 4 or 1990 to 1995'],
    ['call 555-1234', 'call 555-1234'],
    ['#1 of ~20', 'number 1 of about 20'],
    ['3 * 4 = 12', '3 times 4 equals 12'],
    ['16:9', '16 to 9'],
    // addresses
    ['Go to example.com.', 'Go to example dot com.'],
    ['See https://www.example.com/ now', 'See example dot com now'],
    ['See https://example.com/a/b?c=1#d, it helps.', 'See a link, it helps.'],
    ['Write to bob.jones@example.com!', 'Write to bob dot jones at example dot com!'],
    ['Node.js and main.ts', 'Node dot js and main dot ts'],
    // markdown
    ['**Yes**, it is *really* `fine`.', 'Yes, it is really fine.'],
    ['__Yes__ ~~no~~ ***maybe***', 'Yes no maybe'],
    ['# Title', 'Title'],
    ['> quoted', 'quoted'],
    ['- Milk', 'Milk'],
    ['* **Milk**', 'Milk'],
    ['1. Milk', '1, Milk'],
    ['# List\n- Milk\n- Eggs', 'List. Milk. Eggs'],
    ['Read [the docs](https://example.com/very/long) first.', 'Read the docs first.'],
    ['![A cat](https://example.com/cat.png)', 'A cat'],
    ['Run `npm_install` now', 'Run npm install now'],
    ['Run this:\n```js\nlet a = 1;\n```\nDone.', 'Run this: (some code). Done.'],
    ['```js\nlet a = 1;', '(some code)'],
    ['| a | b |\n|---|---|\n| 1 | 2 |', 'a, b, 1, 2,'],
    ['first<br>second', 'first second'],
    // signs
    ['Great! 🎉👩‍👩‍👧🇩🇪', 'Great!'],
    ['❤️ you', 'you'],
    ['press 1️⃣', 'press 1'],
    ['salt & pepper, and/or he/she', 'salt and pepper, and or he or she'],
    ['<@1234> hello :smile:', 'hello'],
    ['Tom & Jerry → friends', 'Tom and Jerry friends'],
    ['!" and left', 'and left'],
    // nothing to say
    ['', ''],
    ['👍', ''],
    ['---', ''],
    ['**', ''],
    ['!', ''],
  ])('of %j makes %j', (text, spoken) => {
    expect(speakable(text)).toBe(spoken);
    expect(speakable(spoken)).toBe(spoken);
  });

  it('takes a long text at once', () => {
    const text = 'See [the **docs**](https://example.com/a) at 10:30 for $4.20, e.g. `a_b`. '.repeat(200);
    expect(speakable(text)).toBe(
      'See the docs at 10 30 for 4 dollars and 20 cents, for example a b. '.repeat(200).trim(),
    );
  });
});
