const turns = 300;
const warmUpTurns = 50;

/**
 * What `run` costs, in ns a call, on a line: the best of many short turns, since what other processes take does not count. Left out where
 * the command's first argument is no part of its name.
 * @param rounds calls a turn
 */
export function measure(name: string, rounds: number, run: () => void): void {
  if (process.argv[2] !== undefined && !name.includes(process.argv[2])) return;
  for (let i = 0; i < warmUpTurns * rounds; i++) run();
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < turns; turn++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < rounds; i++) run();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / rounds);
  }
  process.stdout.write(`${name.padEnd(46)} ${best.toFixed(0).padStart(7)} ns\n`);
}
