// What `npm test` runs once everything is installed, and how: two lanes next to each other, of which each takes the next
// check as soon as it is free. The end-to-end tests, which mostly wait, have one for themselves as long as they take.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const BUILD = { name: 'build', command: ['turbo', 'run', 'build', '--output-logs=errors-only'] }
/** What needs no build, beside it. */
const WITHOUT = [
  { name: 'format, lint, layers', command: ['biome', 'ci', '--colors=off', '.'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.test.json'] },
]
/** The longest first: at the end no lane has one of them alone. */
const BUILT = [
  { name: 'end to end', vitest: 'e2e' },
  { name: 'unit', vitest: 'unit' },
  { name: 'simulation', vitest: 'simulation' },
  { name: 'packages', vitest: 'packaging' },
  { name: 'published clients', vitest: 'interop' },
  { name: 'browser', vitest: 'browser' },
]
/** So long has a check to end what it started. */
const GRACE_MS = 10_000
/** So many of the last lines of a check that failed are shown again at the end, where nothing else is between them. */
const LINES_AGAIN = 80
const WIDTH = Math.max(...[BUILD, ...WITHOUT, ...BUILT].map(({ name }) => name.length))

/**
 * Runs every check, also when one before it has failed; ends with a table of what each of them took.
 * @returns the exit code
 */
export async function check({ root, env, colour, installMs }) {
  const results = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  const running = new Set()
  const rows = [{ name: 'install', code: 0, ms: installMs, last: [] }]
  const state = { root, env, colour, results, running, rows, stopped: undefined }
  stopOnSignals(state)
  try {
    const build = one(BUILD, state)
    const left = [...BUILT]
    await Promise.all([
      lane(left, build, state),
      lane([...WITHOUT], Promise.resolve(0), state).then(() => lane(left, build, state)),
    ])
    return summary(state)
  } finally {
    rmSync(results, { recursive: true, force: true })
  }
}

/** Takes one check after the other, as long as there are any, once the build that they need has succeeded. */
async function lane(left, build, state) {
  if ((await build) !== 0) return
  while (left.length > 0 && state.stopped === undefined) await one(left.shift(), state)
}

/** Runs one check; its lines are shown as they come, with its name in front. */
async function one({ name, command, vitest }, state) {
  const started = performance.now()
  const file = join(state.results, `${vitest}.json`)
  const last = []
  const tell = (line) => {
    process.stdout.write(`${name.padEnd(WIDTH)} │ ${line}\n`)
    if (last.push(line) > LINES_AGAIN) last.shift()
  }
  tell(bold('begins', state))
  let code = await run(command ?? vitestCommand(vitest, file), tell, state)
  if (vitest !== undefined && code !== 0 && !existsSync(file) && state.stopped === undefined) {
    // No test failed: what runs them ended before it could say what became of them.
    tell(bold(`ended with exit code ${code} and without a report; begins once more`, state))
    code = await run(vitestCommand(vitest, file), tell, state)
  }
  const ms = performance.now() - started
  const counts = vitest === undefined ? undefined : countsIn(file)
  tell(bold(`${code === 0 ? 'passed' : `FAILED with exit code ${code}`} in ${seconds(ms)} s`, state))
  state.rows.push({ name, code, ms, counts, last })
  return code
}

function vitestCommand(project, file) {
  return ['vitest', 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
}

function run(command, tell, { root, env, colour, running }) {
  const child = spawn('pnpm', ['exec', ...command], {
    cwd: root,
    env: colour ? { FORCE_COLOR: '1', ...env } : env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that whatever it starts can be stopped with it.
    detached: true,
  })
  running.add(child)
  for (const input of [child.stdout, child.stderr])
    createInterface({ input }).on('line', (line) => line !== '' && tell(line))
  return new Promise((resolve) => {
    child.once('error', (error) => {
      tell(`Could not run ${command[0]}: ${error.message}`)
      running.delete(child)
      resolve(1)
    })
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve(code ?? 128 + constants.signals[signal])
    })
  })
}

/** What ends this ends what it runs: at first politely. */
function stopOnSignals(state) {
  const send = (signal) => {
    for (const { pid } of state.running) {
      try {
        process.kill(-pid, signal)
      } catch {
        // It has ended already.
      }
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      state.stopped = signal
      send(signal)
      setTimeout(() => send('SIGKILL'), GRACE_MS).unref()
    })
  }
}

function countsIn(file) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(file, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

function summary({ rows, stopped }) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const { name, code, last } of rows)
    if (code !== 0) process.stdout.write(`\nThe last lines of ${name}, which failed:\n${last.join('\n')}\n`)
  process.stdout.write('\n')
  for (const { name, code, ms, counts } of rows) {
    for (const key of Object.keys(total)) total[key] += counts?.[key] ?? 0
    const tests = counts === undefined ? '' : `${counts.passed} tests`
    const columns = [name.padEnd(WIDTH), `${seconds(ms)} s`.padStart(6), tests.padStart(11)]
    process.stdout.write(`${columns.join('  ')}${code === 0 ? '' : '  FAILED'}\n`)
  }
  process.stdout.write(`${'all'.padEnd(WIDTH)}  ${`${seconds(process.uptime() * 1000)} s`.padStart(6)}\n`)
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
  process.stdout.write(`\nTests: ${total.passed} passed, ${total.failed} failed${skipped}\n`)
  const failed = rows.filter(({ code }) => code !== 0).map(({ name }) => name)
  if (failed.length > 0) process.stderr.write(`\nFailed: ${failed.join('; ')}. The lines above say why.\n`)
  if (stopped !== undefined) return 128 + constants.signals[stopped]
  return failed.length === 0 ? 0 : 1
}

function seconds(ms) {
  return Math.round(ms / 1000)
}

function bold(text, { colour }) {
  return colour ? `\u001b[1m${text}\u001b[0m` : text
}
