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
for (const engine of wanted) columns.push(await column(engine, { engines, bundles }))
const table = tableOf(columns)
process.stdout.write(`\n${table}\n`)
if (names.length === 0) {
  const [before = '', after = ''] = readFileSync(readme, 'utf8').split(
    /(?<=<!-- table -->\n)[\s\S]*(?=<!-- \/table -->)/,
  )
  writeFileSync(readme, `${before}\n${table}\n${after}`)
}
const problems = columns.flatMap(({ results }) => results).filter(({ problem }) => problem !== '')
process.exitCode = problems.length === 0 && columns.every(({ conforms }) => conforms !== false) ? 0 : 1

async function column(engine: Engine, places: Places): Promise<Column> {
  const server = await startProgramServer()
  const began = performance.now()
  try {
    const { version, results } = await engine.run(server.url, places)
    const bad = results.filter(({ problem }) => problem !== '')
    const took = `${((performance.now() - began) / 1000).toFixed(1)} s`
    process.stdout.write(
      `${engine.name} ${version} (${engine.transport}): ${results.length - bad.length} of ${results.length}, ${took}\n`,
    )
    for (const { name, problem } of bad) process.stdout.write(`  ${name}: ${problem}\n`)
    const conforms = await engine.conforms?.(places)
    if (conforms !== undefined) process.stdout.write(`  transport suite: ${conforms ? 'passed' : 'failed'}\n`)
    return { engine, version, results, conforms }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    process.stdout.write(`${engine.name}: did not run, ${problem}\n`)
    return { engine, version: '', results: [{ name: '', problem }], conforms: undefined }
  } finally {
    await server.close()
  }
}

function tableOf(all: readonly Column[]): string {
  const lines = [
    `| runtime | version | transport | ${PART_NAMES.join(' | ')} | transport suite |`,
    `|---|---|---|${'---|'.repeat(PART_NAMES.length + 1)}`,
  ]
  for (const { engine, version, results, conforms } of all) {
    const cells = PART_NAMES.map((name) => {
      const result = results.find((entry) => entry.name === name)
      if (result === undefined) return 'did not run'
      return result.problem === '' ? 'yes' : 'no'
    })
    lines.push(
      `| ${engine.name} | ${version} | transport-${engine.transport} | ${cells.join(' | ')} | ${conforms === undefined ? '–' : conforms ? 'yes' : 'no'} |`,
    )
  }
  return `${lines.join('\n')}\n`
}
