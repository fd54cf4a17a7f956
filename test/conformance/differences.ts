/** The list of what is known to differ, kept for people and machines alike in docs/differences-from-envoy.md. */
import { readFile } from 'node:fs/promises';
import type { Result } from './run-suite.ts';

export interface Difference {
  /** `suite/case/step`, or `suite/case` for all steps of a case (at least one must differ). */
  readonly id: string;
  /** What our first response's status line must begin with, when the list says so. */
  readonly answers: string | undefined;
  readonly reason: string;
}

const begin = '<!-- conformance differences begin -->';
const end = '<!-- conformance differences end -->';
const source = new URL('../../docs/differences-from-envoy.md', import.meta.url);

/**
 * Reads the rows `| ids | our answer | reason |` between the two markers. Several ids stand behind one another with `<br>`; one
 * that begins with `/` is of the same suite as the one before.
 */
export function parseDifferences(text: string): Difference[] {
  const from = text.indexOf(begin);
  const table = from < 0 ? '' : text.slice(from + begin.length, text.indexOf(end));
  return table
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .filter((cells) => cells.length >= 5 && (cells[1] ?? '').includes('/'))
    .flatMap(([, ids = '', answers = '', reason = '']) =>
      eachId(ids).map((id) => ({ id, answers: answers || undefined, reason })),
    );
}

function eachId(cell: string): string[] {
  let suite = '';
  return cell.split('<br>').map((text) => {
    const id = text.trim();
    if (id.startsWith('/')) return suite + id;
    suite = id.slice(0, id.indexOf('/'));
    return id;
  });
}

export async function loadDifferences(): Promise<Difference[]> {
  return parseDifferences(await readFile(source, 'utf8').catch(() => ''));
}

export type Judgement =
  | 'same'
  | 'known difference'
  | 'not supported yet'
  | 'differs'
  | 'listed but the same'
  | 'listed but answers otherwise';

function statusOf(result: Result): string {
  const { actual } = result;
  if (typeof actual !== 'object' || actual === null) return '';
  if ('verdict' in actual) return String(actual.verdict);
  const responses = 'responses' in actual ? (actual.responses as readonly { readonly head: readonly string[] }[]) : [];
  return responses[0]?.head[0] ?? '';
}

function covers(difference: Difference, result: Result): boolean {
  return result.id === difference.id || result.id.startsWith(`${difference.id}/`);
}

/** No reason to fail. */
export function isGood(judgement: Judgement): boolean {
  return judgement === 'same' || judgement === 'known difference' || judgement === 'not supported yet';
}

/** Judges each result by the list. A listed id none of whose steps differ is itself a fault. */
export function judgeResults(results: readonly Result[], differences: readonly Difference[]): Map<Result, Judgement> {
  const judged = new Map<Result, Judgement>();
  for (const result of results) {
    const listed = differences.find((difference) => covers(difference, result));
    if (listed === undefined) judged.set(result, result.same ? 'same' : judgeUnlisted(result));
    else judged.set(result, judgeListed(listed, result, results));
  }
  return judged;
}

/** A configuration that Envoy takes and we refuse by name is no fault but a gap: counted apart. */
function judgeUnlisted({ actual }: Result): Judgement {
  const isGap =
    typeof actual === 'object' &&
    actual !== null &&
    'verdict' in actual &&
    actual.verdict === 'refuse' &&
    /not supported/.test('message' in actual ? String(actual.message) : '');
  return isGap ? 'not supported yet' : 'differs';
}

function judgeListed(listed: Difference, result: Result, results: readonly Result[]): Judgement {
  const family = results.filter((other) => covers(listed, other));
  if (family.every((other) => other.same)) return 'listed but the same';
  if (result.same) return 'same';
  const right = listed.answers === undefined || statusOf(result).includes(listed.answers);
  return right ? 'known difference' : 'listed but answers otherwise';
}
