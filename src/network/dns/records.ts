import type { DnsResponse, DnsResult } from './resolver.ts';

/** The answer to one question: records, or the code with which c-ares failed and how many tries had timed out. */
export type RecordsAnswer =
  | { readonly records: readonly DnsResponse[] }
  | { readonly records: readonly []; readonly code: string; readonly timeouts?: number };

export const noRecords: RecordsAnswer = { records: [], code: 'ENOTFOUND' };

/** What is no name that could be asked for. */
export const BAD_NAME = 'EBADNAME';

/** ares_strerror. */
const texts: Readonly<Record<string, string>> = {
  ENODATA: 'DNS server returned answer with no data',
  EFORMERR: 'DNS server claims query was misformatted',
  ESERVFAIL: 'DNS server returned general failure',
  ENOTFOUND: 'Domain name not found',
  ENOTIMP: 'DNS server does not implement requested operation',
  EREFUSED: 'DNS server refused query',
  EBADQUERY: 'Misformatted DNS query',
  EBADNAME: 'Misformatted domain name',
  EBADRESP: 'Misformatted DNS reply',
  ECONNREFUSED: 'Could not contact DNS servers',
  ETIMEOUT: 'Timeout while contacting DNS servers',
  ECANCELLED: 'DNS query cancelled',
};

/** Whether the servers know that there is nothing, other than not having answered. */
export function isEmptyAnswer(answer: RecordsAnswer): boolean {
  return 'code' in answer && (answer.code === 'ENODATA' || answer.code === 'ENOTFOUND');
}

/** The outcome of one or two answers: records of any; else a failure of any; else nothing found. */
export function resultOf(answers: readonly RecordsAnswer[]): DnsResult {
  const responses = answers.flatMap((answer) => answer.records);
  if (responses.length > 0) return { status: 'Completed', details: 'cares_success:Successful completion', responses };
  const failed = answers.find((answer) => !isEmptyAnswer(answer)) ?? answers.at(-1) ?? noRecords;
  if (!('code' in failed)) return { status: 'Completed', details: 'cares_success:Successful completion', responses };
  const text = texts[failed.code] ?? failed.code;
  if (isEmptyAnswer(failed)) return { status: 'Completed', details: `cares_norecords:${text}`, responses };
  return { status: 'Failure', details: `cares_failure:${text}`, responses };
}
