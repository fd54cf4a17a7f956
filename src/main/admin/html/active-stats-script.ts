/**
 * The script of `/stats?format=active-html`. It runs in the browser: asks for the statistics again and again and shows
 * first those that change most often.
 */
export const ACTIVE_STATS_SCRIPT = `
const changes = new Map();
const field = (name) => document.forms.stats.elements[name];
const setting = (name, fallback) => {
  const value = Number.parseInt(field(name).value, 10);
  return value > 0 ? value : fallback;
};

function query() {
  const params = new URLSearchParams({ format: 'json', filter: field('filter').value, type: field('type').value });
  for (const name of ['usedonly', 'invert_filter']) if (field(name).checked) params.set(name, '');
  // The interface takes a plus for a plus.
  return params.toString().replaceAll('+', '%20');
}

function show(stats) {
  for (const { name, value } of stats) {
    if (name === undefined) continue;
    const known = changes.get(name);
    if (known === undefined) changes.set(name, { name, value, count: 0 });
    else if (known.value !== value) changes.set(name, { name, value, count: known.count + 1 });
  }
  const shown = new Set(stats.map(({ name }) => name));
  const byChange = (a, b) => b.count - a.count || b.value - a.value || (a.name < b.name ? -1 : 1);
  const all = [...changes.values()].filter(({ name }) => shown.has(name)).sort(byChange);
  const lines = all.slice(0, setting('max-display-count', 50));
  const text = lines.map(({ name, value, count }) => name + ': ' + value + ' (' + count + ')\\n');
  document.getElementById('active-content').textContent = text.join('');
}

async function update() {
  const status = document.getElementById('active-status');
  try {
    const response = await fetch('stats?' + query());
    if (!response.ok) throw new Error(await response.text());
    show((await response.json()).stats);
    status.textContent = '';
  } catch (error) {
    status.textContent = String(error);
  }
  setTimeout(update, 1000 * setting('update-interval', 5));
}

addEventListener('DOMContentLoaded', update);
`;
