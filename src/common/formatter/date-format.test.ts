import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logTimeMs, testConfig } from '../../../test/harness/logged-stream.ts';
import { CivilTime } from './civil-time.ts';
import { DateFormat } from './date-format.ts';

function format(pattern: string, timeMs = logTimeMs): string {
  const { ctx, faults } = testConfig();
  const text = new DateFormat(pattern, 'UTC', ctx).format(timeMs);
  assert.deepEqual(faults(), []);
  return text;
}

// Recorded from Envoy 1.40.
test('every conversion of strftime', () => {
  assert.equal(
    format('%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %p %P'),
    'Sat Saturday Nov November Sat Nov 21 12:06:02 2026 20 21 11/21/26 21 2026-11-21 26 2026 Nov 12 12 325 12 12 11 06 PM pm',
  );
  assert.equal(
    format('%r %R %s %S %T %u %U %V %w %W %x %X %y %Y %z %Z %%'),
    '12:06:02 PM 12:06 1795262762 02 12:06:02 6 46 47 6 46 11/21/26 12:06:02 26 2026 +0000 UTC %',
  );
});

test('fractions of a second, and what absl adds', () => {
  assert.equal(format('%s.%3f|%f %1f %9f'), '1795262762.124|124479000 1 124479000');
  assert.equal(
    format('%Ez|%E*z|%E*S|%E3S|%E4Y|%E5f|%E*f|%ET|%Ec|%OS|%:z|%::z|%:::z'),
    '+00:00|+00:00:00|02.124479|02.124|2026|12447|124479|T|Sat Nov 21 12:06:02 2026|02|+00:00|+00:00:00|+00',
  );
  assert.equal(format('%E*S %E*f', 1000), '01 0');
});

test('flags, widths and what is no conversion', () => {
  assert.equal(
    format('%-d %_d %0e %^a %#a %10f %0f %Q %N %L %+ %v %i %J %K %E %'),
    '21 21 21 SAT SAT       %10f %0f %Q %N %L %+ %v %i %J %K %E %',
  );
  assert.equal(format('%-d|%_d|%0e|%5d', Date.UTC(2026, 0, 2)), '2| 2|02|00002');
  assert.equal(
    format('%1d|%-3d|%12Z|%012R|%12s', Date.UTC(2026, 0, 2)),
    '02|  2|         UTC|000000000:00|  1767312000',
  );
  assert.equal(format('%05Q|%3Q|%^q|%Y%3'), '0%05Q|%3Q|%^Q|2026 %3');
  assert.equal(format('%#Z|%#p|%#A|%^P|%#c'), 'utc|pm|SATURDAY|pm|Sat Nov 21 12:06:02 2026');
});

test('modifiers go with some conversions only', () => {
  assert.equal(format('%ES %Ed %EY %OY %Oy %OS %Ec %Oc'), '%ES %Ed 2026 %OY 26 02 Sat Nov 21 12:06:02 2026 %Oc');
});

test('a fraction is found behind another percent sign too', () => {
  assert.equal(format('%%3f|%%f|%%Y'), '%124|%124479000|%Y');
});

test('the cached second is left when the time moves on, also back', () => {
  const date = new DateFormat('%S.%3f', 'UTC', testConfig().ctx);
  assert.deepEqual(
    [1500, 1999, 2000, 1001].map((ms) => date.format(ms)),
    ['01.500', '01.999', '02.000', '01.001'],
  );
});

test('weeks at the turn of the year', () => {
  const weeks = (iso: string): string => {
    const time = new CivilTime(Date.parse(iso) / 1000, 'UTC');
    const { year, week } = time.isoWeek();
    return `${year}-${week} ${time.weekOfYear(0)} ${time.weekOfYear(1)}`;
  };
  assert.equal(weeks('2021-01-03T00:00:00Z'), '2020-53 1 0');
  assert.equal(weeks('2024-12-30T00:00:00Z'), '2025-1 52 53');
});

test('local time has the offset of the process', () => {
  const offset = -new Date(logTimeMs).getTimezoneOffset();
  const { ctx } = testConfig();
  const text = new DateFormat('%s %z', 'local', ctx).format(logTimeMs);
  const sign = offset < 0 ? '-' : '+';
  const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0');
  assert.equal(text, `1795262762 ${sign}${hours}${String(Math.abs(offset) % 60).padStart(2, '0')}`);
});
