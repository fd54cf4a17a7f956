import type { ServerFactoryContext } from '../../sdk/extension.ts';
import type { Scope } from '../../sdk/stats.ts';

/**
 * Counts (`filter_threw`, made when first needed: Envoy has no such counter) and logs what an extension has thrown.
 *
 * @param what what it is, with its article: `a network filter`
 */
export function reportExtensionFault(
  context: Pick<ServerFactoryContext, 'logger'>,
  scope: Scope,
  what: string,
  error: unknown,
): void {
  scope.counter('filter_threw').inc();
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  context.logger('filter').error(`${what} has thrown: ${text}`);
}
