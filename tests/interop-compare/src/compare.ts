import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A small program of a published client. What it returns is compared, as JSON. */
export interface Probe<Module> {
  readonly name: string
  /** Reads or sets what all programs share, such as the environment: runs alone. */
  readonly alone?: boolean | undefined
  readonly run: (module: Module) => Promise<unknown>
}

/** What came of a program that behaved differently. */
export interface Difference {
  readonly name: string
  readonly published: string
  readonly ours: string
}

const SIDE_BY_SIDE = 10
const LONGEST_MS = 15_000

/** Runs every program with both modules and keeps those where they differ. */
export async function compare<Module>(
  probes: readonly Probe<Module>[],
  published: Module,
  ours: Module,
): Promise<readonly Difference[]> {
  const differences: Difference[] = []
  const one = async (probe: Probe<Module>): Promise<void> => {
    const theirs = await outcome(probe, published)
    const mine = await outcome(probe, ours)
    if (theirs !== mine) differences.push({ name: probe.name, published: theirs, ours: mine })
  }
  for (const probe of probes) if (probe.alone === true) await one(probe)
  const waiting = probes.filter(({ alone }) => alone !== true)
  const worker = async (): Promise<void> => {
    for (let probe = waiting.shift(); probe !== undefined; probe = waiting.shift()) await one(probe)
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker))
  return differences.sort((one, other) => one.name.localeCompare(other.name))
}

async function outcome<Module>({ run }: Probe<Module>, module: Module): Promise<string> {
  try {
    return JSON.stringify(await Promise.race([run(module), late()])) ?? 'undefined'
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : String(error)}`
  }
}

async function late(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, LONGEST_MS).unref())
  return `nothing within ${LONGEST_MS} ms`
}

/** What a module exports at run time. */
export const exportsOf = (module: object): readonly string[] =>
  Object.keys(module)
    .filter((name) => name !== 'default')
    .sort()

/** Names that a program can import from the published module alone. */
export function missing(published: readonly string[], ours: readonly string[]): readonly Difference[] {
  return published
    .filter((name) => !ours.includes(name))
    .map((name) => ({ name: `export-${name}`, published: 'there', ours: 'missing' }))
}

/** What one row of the migration guide covers: names of programs, `*` stands for anything. */
export type Row = readonly string[]

/** The rows of one section of the migration guide. The last column names the programs that show the difference. */
export function rowsOf(section: string): readonly Row[] {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/migrating.md'), 'utf8')
  const text = guide.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? ''
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && line.includes('`') && !line.startsWith('|---'))
    .map((line) => line.split(' | ').at(-1) ?? '')
    .map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
}

/** What is wrong with the rows: differences that no row tells, and rows that tell of none. */
export function unexpected(rows: readonly Row[], differences: readonly Difference[]): readonly string[] {
  const covers = (pattern: string, name: string): boolean => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name)
  const patterns = rows.flat()
  const untold = differences.filter(({ name }) => !patterns.some((pattern) => covers(pattern, name)))
  const stale = patterns.filter((pattern) => !differences.some(({ name }) => covers(pattern, name)))
  return [
    ...untold.map(({ name, published, ours }) => `no row: ${name}\n  published: ${published}\n  ours:      ${ours}`),
    ...stale.map((pattern) => `a row that is no longer true: ${pattern}`),
    ...rows.flatMap((row, n) => (row.length === 0 ? [`row ${n + 1} names no program`] : [])),
  ]
}

/** For people who read the output of a run. */
export function table(total: number, differences: readonly Difference[]): string {
  const shown = differences.filter(({ name }) => !name.startsWith('export-'))
  const lines = shown.map(({ name, published, ours }) => `| ${name} | ${cell(published)} | ${cell(ours)} |`)
  const names = differences.length - shown.length
  const counts = `${total - shown.length} of ${total} programs behave alike; ${shown.length} differences`
  const head = `${counts} and ${names} names that are missing are told in docs/migrating.md`
  return [head, '| program | published | compat |', '|---|---|---|', ...lines].join('\n')
}

function cell(text: string): string {
  return text.length > 150 ? `${text.slice(0, 150)}…` : text
}
