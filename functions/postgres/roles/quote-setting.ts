import pg from 'pg';

/**
 * Settings whose value is a list of quoted elements (GUC_LIST_QUOTE): given as one literal, the whole list would become one element.
 *
 * @see https://github.com/postgres/postgres/blob/master/src/bin/pg_dump/dumputils.c (variable_is_guc_list_quote)
 */
const LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/** An element of a list: in double quotes, or bare. */
const ELEMENT = /"((?:[^"]|"")*)"|[^\s,"]+/g;

/** The elements of a list as the catalog has it. */
export function splitList(value: string): string[] {
  return [...value.matchAll(ELEMENT)].map(([whole, quoted]) => quoted?.replaceAll('""', '"') ?? whole);
}

/** A value as it stands behind `SET … =`. */
export function quoteSetting(name: string, value: string): string {
  if (!LISTS.has(name.toLowerCase())) return pg.escapeLiteral(value);
  const elements = splitList(value);
  return elements.length === 0 ? "''" : elements.map((element) => pg.escapeLiteral(element)).join(', ');
}
