/**
 * Random runs. `NUNCIO_SEED=7` runs one seed; `NUNCIO_SEEDS=1000` runs so many more, beginning there or at 1.
 */
import { test } from 'node:test';
import { Simulation } from '../../src/exe/simulation/simulation.ts';
import { assertSame, RandomRun } from './random-run.ts';

const { NUNCIO_SEED, NUNCIO_SEEDS } = process.env;
const first = Number(NUNCIO_SEED ?? 1);
const count = Number(NUNCIO_SEEDS ?? (NUNCIO_SEED === undefined ? 12 : 1));
const simulation = new Simulation();

test(`seeds ${first} to ${first + count - 1}: nothing is lost, doubled or left over`, async () => {
  for (let seed = first; seed < first + count; seed++) {
    try {
      await new RandomRun(simulation, seed).run();
    } catch (error) {
      throw new Error(`NUNCIO_SEED=${seed} fails`, { cause: error });
    }
  }
});

test('the same seed gives the same run', async () => {
  const run = () => new RandomRun(simulation, first).run();
  assertSame(await run(), await run());
});
