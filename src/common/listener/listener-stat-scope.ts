/** The scope of a listener's statistics: `listener.127.0.0.1_80`. */
export function statScopeOf(statPrefix: string): string {
  return `listener.${statPrefix}`;
}
