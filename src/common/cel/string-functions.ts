import type { CelFunc } from '@bufbuild/cel';
import { celExtensions, celLibrary } from './library.ts';

/** What `enable_string_functions` brings: the library's extension, with what it lacks or does otherwise than cel-cpp. */
export function stringFunctions(): readonly CelFunc[] {
  const { CelScalar, celMethod, listType } = celLibrary();
  const { INT, STRING } = CelScalar;
  return [
    ...celExtensions().strings,
    celMethod('reverse', STRING, [], STRING, function () {
      return [...this].reverse().join('');
    }),
    celMethod('replace', STRING, [STRING, STRING], STRING, function (old, by) {
      return replaceFirst(this, old, by, -1);
    }),
    celMethod('replace', STRING, [STRING, STRING, INT], STRING, function (old, by, most) {
      return replaceFirst(this, old, by, Number(most));
    }),
    celMethod('split', STRING, [STRING, INT], listType(STRING), function (separator, most) {
      return splitInto(this, separator, Number(most));
    }),
  ];
}

/** The first `most` of them, all if negative; an empty `old` stands before each character and at the end. */
function replaceFirst(text: string, old: string, by: string, most: number): string {
  if (most === 0) return text;
  const parts = old === '' ? ['', ...text, ''] : text.split(old);
  const replaced = most < 0 ? parts.length - 1 : Math.min(most, parts.length - 1);
  return (
    parts.slice(0, replaced + 1).join(by) +
    parts
      .slice(replaced + 1)
      .map((part) => old + part)
      .join('')
  );
}

/** The last of `most` parts is all that is left; negative = all parts. */
function splitInto(text: string, separator: string, most: number): string[] {
  const parts = separator === '' ? [...text] : text.split(separator);
  if (most < 0 || parts.length <= most) return parts;
  return most === 0 ? [] : [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)];
}
