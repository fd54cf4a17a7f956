/**
 * Puts an overlay file over a base file. The overlay names a message or enum and lists only what differs:
 * a field takes the place of the base's field with its number, a reserved number takes the base's field away,
 * everything else is added.
 */
import type { Statement } from './proto-source.ts';

export function mergeProtoSource(base: readonly Statement[], overlay: readonly Statement[]): Statement[] {
  let merged = [...base];
  for (const statement of overlay) merged = mergeStatement(merged, statement);
  return merged;
}

function mergeStatement(into: Statement[], statement: Statement): Statement[] {
  switch (statement.kind) {
    case 'header':
      return into;
    case 'field':
      return [...withoutFields(into, (number) => number === statement.key), statement];
    case 'reserved':
      return [...withoutFields(into, (number) => reserves(statement.text, Number(number))), statement];
    case 'import':
      return insertImport(into, statement);
    case 'oneof':
      return replaceOrAppend(withoutMembersOf(into, statement), statement);
    default:
      return replaceOrAppend(into, statement);
  }
}

function replaceOrAppend(into: Statement[], statement: Statement): Statement[] {
  const at = into.findIndex((known) => known.kind === statement.kind && known.key === statement.key);
  const known = into[at];
  if (known === undefined) return [...into, statement];
  const { body } = statement;
  const merged =
    known.body === undefined || body === undefined ? statement : { ...known, body: mergeProtoSource(known.body, body) };
  return into.toSpliced(at, 1, merged);
}

function insertImport(into: Statement[], statement: Statement): Statement[] {
  if (into.some((known) => known.kind === 'import' && known.key === statement.key)) return into;
  const at = into.findLastIndex((known) => known.kind === 'import' || known.kind === 'header');
  return into.toSpliced(at + 1, 0, statement);
}

/** A field that moves into a oneof must leave the place where it was, the oneof itself keeps its other members. */
function withoutMembersOf(into: Statement[], oneof: Statement): Statement[] {
  const numbers = new Set((oneof.body ?? []).filter((member) => member.kind === 'field').map((member) => member.key));
  return into.filter((known) => known.kind !== 'field' || !numbers.has(known.key));
}

function withoutFields(into: Statement[], gone: (number: string) => boolean): Statement[] {
  const kept: Statement[] = [];
  for (const statement of into) {
    if (statement.kind === 'field' && gone(statement.key)) continue;
    if (statement.kind !== 'oneof' || statement.body === undefined) {
      kept.push(statement);
      continue;
    }
    const body = statement.body.filter((member) => member.kind !== 'field' || !gone(member.key));
    if (body.some((member) => member.kind === 'field')) kept.push({ ...statement, body });
  }
  return kept;
}

function reserves(text: string, number: number): boolean {
  for (const range of text.replace(/^reserved|;$/g, '').split(',')) {
    const [from, to] = range.split(/\s+to\s+/).map(Number);
    if (from !== undefined && number >= from && number <= (to ?? from)) return true;
  }
  return false;
}
