/** A random suite: one configuration and what is sent through it. */
import type { Case, Exchange, Suite } from '../../conformance/case.ts';
import type { Reply } from '../../harness/scripted-upstream.ts';
import { Dice } from '../../simulation/dice.ts';
import { bootstrap } from './manager.ts';
import { reply, request } from './requests.ts';

export interface SuiteOptions {
  readonly seed: number;
  readonly cases: number;
}

function replies(dice: Dice): readonly Reply[] {
  return Array.from({ length: 4 }, () => reply(dice));
}

function exchange(dice: Dice): Exchange {
  const count = dice.chance(0.12) ? 2 : 1;
  const requests = Array.from({ length: count }, () => request(dice));
  const base = { to: 'web', reply: { u0: replies(dice), u1: replies(dice) }, logs: ['web'] };
  return { ...base, send: requests.join(''), responses: count };
}

const families = '^(http\\.in|cluster\\.|vhost|listener\\.127|listener\\.lis|http1|runtime|route)';

/** The same seed makes the same suite. */
export function randomSuite({ seed, cases }: SuiteOptions): Suite {
  const dice = new Dice(seed);
  const config = bootstrap(dice);
  const list: Case[] = Array.from({ length: cases }, (_, index) => ({ name: `${index}`, steps: [exchange(dice)] }));
  list.push({
    name: 'stats',
    steps: [{ to: 'admin', send: 'GET /ready HTTP/1.1\r\nhost: a\r\n\r\n', only: '^$', blind: true, stats: families }],
  });
  return {
    kind: 'traffic',
    name: `seed ${seed}`,
    upstreams: { u0: 'http', u1: 'http', mirror: 'http' },
    config,
    cases: list,
  };
}
