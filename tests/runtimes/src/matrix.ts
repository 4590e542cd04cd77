// Runs the program on every engine, prints the table and writes it into the README.
import { readFileSync, writeFileSync } from 'node:fs'
import { ENGINES, type Engine, type Places } from './engines.ts'
import { PART_NAMES, type Result } from './program.ts'
import { startProgramServer } from './server.ts'

interface Column {
  readonly engine: Engine
  readonly version: string
  readonly results: readonly Result[]
  readonly conforms: boolean | undefined
}

const [engines = '', bundles = '', readme = '', ...names] = process.argv.slice(2)
const wanted = ENGINES.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)))
const columns: Column[] = []
const startedAt = performance.now()
for (const [index, engine] of wanted.entries()) {
  process.stdout.write(`[${index + 1}/${wanted.length}] ${engine.name}, transport-${engine.transport} … `)
  columns.push(await column(engine, { engines, bundles }))
}
const table = tableOf(columns)
process.stdout.write(`\n${table}\n`)
if (names.length === 0) {
  const [before = '', after = ''] = readFileSync(readme, 'utf8').split(
    /(?<=<!-- table -->\n)[\s\S]*(?=<!-- \/table -->)/,
  )
  writeFileSync(readme, `${before}\n${table}\n${after}`)
}
const results = columns.flatMap((column) => column.results)
const problems = results.filter(({ problem }) => problem !== '')
const suites = columns.filter(({ conforms }) => conforms !== undefined)
const failed = problems.length + suites.filter(({ conforms }) => conforms === false).length
process.stdout.write(
  `${columns.length} runtimes, ${results.length} parts and ${suites.length} transport suites in ${secondsSince(startedAt)}: ${failed === 0 ? 'all hold' : `${failed} do not hold`}\n`,
)
process.exitCode = failed === 0 ? 0 : 1

async function column(engine: Engine, places: Places): Promise<Column> {
  const server = await startProgramServer()
  const began = performance.now()
  try {
    const { version, results } = await engine.run(server.url, places)
    const bad = results.filter(({ problem }) => problem !== '')
    process.stdout.write(`${version}: ${results.length - bad.length} of ${results.length}, ${secondsSince(began)}\n`)
    for (const { name, problem } of bad) process.stdout.write(`  ${name}: ${problem}\n`)
    const conforms = await engine.conforms?.(places)
    if (conforms !== undefined) process.stdout.write(`  transport suite: ${conforms ? 'passed' : 'failed'}\n`)
    return { engine, version, results, conforms }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    process.stdout.write(`did not run, ${problem}\n`)
    return { engine, version: '', results: [{ name: '', problem }], conforms: undefined }
  } finally {
    await server.close()
  }
}

function secondsSince(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`
}

function tableOf(all: readonly Column[]): string {
  const lines = [
    `| runtime | version | transport | ${PART_NAMES.join(' | ')} | transport suite |`,
    `|---|---|---|${'---|'.repeat(PART_NAMES.length + 1)}`,
  ]
  for (const { engine, version, results, conforms } of all) {
    const cells = PART_NAMES.map((name) => cellOf(results, name))
    lines.push(
      `| ${engine.name} | ${version} | transport-${engine.transport} | ${cells.join(' | ')} | ${conforms === undefined ? '–' : conforms ? 'yes' : 'no'} |`,
    )
  }
  return `${lines.join('\n')}\n`
}

function cellOf(results: readonly Result[], name: string): string {
  const result = results.find((entry) => entry.name === name)
  if (result !== undefined) return result.problem === '' ? (result.how ?? 'yes') : 'no'
  return results.every(({ problem }) => problem === '') ? 'refused' : 'did not run'
}
