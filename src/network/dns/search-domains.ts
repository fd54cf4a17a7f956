/** What resolv.conf(5) says about names that are not complete. */
export interface SearchDomains {
  readonly domains: readonly string[];
  /** Names with at least so many dots are tried as they are first. */
  readonly ndots: number;
}

export function parseResolvConf(text: string): SearchDomains {
  let domains: readonly string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'search' || keyword === 'domain') domains = values;
    if (keyword !== 'options') continue;
    for (const value of values) {
      const match = /^ndots:(\d+)$/.exec(value);
      if (match !== null) ndots = Math.min(Number(match[1]), 15);
    }
  }
  return { domains, ndots };
}

/** The names to ask for, in turn, until one is found. */
export function candidateNames(name: string, search: SearchDomains): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const completed = search.domains.map((domain) => (domain === '.' ? name : `${name}.${domain}`));
  const dots = name.split('.').length - 1;
  return dots >= search.ndots ? [name, ...completed] : [...completed, name];
}
