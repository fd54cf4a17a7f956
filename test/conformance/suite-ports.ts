/** Ports for the proxies and peers of suites. */
import { readdirSync, readFileSync } from 'node:fs';
import { PortSource } from '../harness/ports.ts';
import { caseFiles } from './cases/index.ts';

const recordings = new URL('recorded/', import.meta.url);

/** Numbers of five digits in the cases and in the answers to them. */
export function numbersInUse(): Set<number> {
  const texts = readdirSync(recordings).map((name) => readFileSync(new URL(name, recordings), 'utf8'));
  const numbers = [JSON.stringify(caseFiles), ...texts].flatMap((text) => text.match(/(?<!\d)\d{5}(?!\d)/g) ?? []);
  return new Set(numbers.map(Number));
}

/** None reads like a number that is none: ports get names in answers, a timeout of 15000 ms must not. */
export function suitePorts(): PortSource {
  return new PortSource(process.pid, numbersInUse());
}
