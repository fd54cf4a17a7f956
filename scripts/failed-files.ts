/**
 * A reporter of `node --test` (`--test-reporter`): the test files in which something failed, a line each. A test that a file takes
 * from a module of shared ones counts for the file that runs it.
 */

/** What the runner tells of a test that ended, as far as it is looked at. */
interface TestEvent {
  readonly type: string;
  readonly data: { readonly file?: string; readonly entryFile?: string };
}

export default async function* failedFiles(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const told = new Set<string>();
  for await (const { type, data } of source) {
    const file = data.entryFile ?? data.file;
    if (type !== 'test:fail' || file === undefined || told.has(file)) continue;
    told.add(file);
    yield `${file}\n`;
  }
}
