/** A page of the admin interface as a link or a form. It works without scripts. */
import type { AdminHandler, AdminParam } from '../admin-handler.ts';
import { escapeHtml } from './page.ts';

/** What of a handler a form shows. */
export type FormHandler = Pick<AdminHandler, 'path' | 'help' | 'mutates' | 'params'>;

export interface FormOptions {
  /** What the fields hold, as a query has it. */
  readonly values?: { has(name: string): boolean; get(name: string): string | undefined };
  /** A change of a field asks for the page anew. */
  readonly live?: boolean;
  /** HTML of further fields. */
  readonly more?: string;
}

export function linkRow(handler: FormHandler): string {
  const name = escapeHtml(handler.path.slice(1));
  return `<section><a href='${name}'>${name}</a><p>${escapeHtml(handler.help)}</p></section>`;
}

export function formRow(handler: FormHandler, options: FormOptions = {}): string {
  const name = escapeHtml(handler.path.slice(1));
  const method = handler.mutates ? 'post' : 'get';
  const fields = handler.params.map((param) => field(param, options)).join('');
  return (
    `<section${handler.mutates ? " class='changes'" : ''}><form action='${name}' method='${method}' id='${name}'>` +
    `<div><button>${name}</button></div><p>${escapeHtml(handler.help)}</p>${fields}${options.more ?? ''}</form></section>`
  );
}

function field(param: AdminParam, options: FormOptions): string {
  const help = escapeHtml(`${param.name}: ${param.help}`);
  return `<label>${input(param, options)}${help}</label>`;
}

function input(param: AdminParam, { values, live = false }: FormOptions): string {
  const attributes = `name='${escapeHtml(param.name)}'${live ? " onchange='this.form.submit()'" : ''}`;
  if (param.kind === 'boolean') {
    return `<input type='checkbox' ${attributes}${values?.has(param.name) ? ' checked' : ''}>`;
  }
  const value = values?.get(param.name);
  if (param.kind === 'text') {
    return `<input type='text' ${attributes}${value === undefined ? '' : ` value='${escapeHtml(value)}'`}>`;
  }
  const options = (param.choices ?? []).map((choice) => {
    const text = escapeHtml(choice);
    return `<option value='${text}'${choice === value ? ' selected' : ''}>${text}</option>`;
  });
  return `<select ${attributes}>${options.join('')}</select>`;
}
