// Does everything that a fresh machine needs, with nothing but Node and npm. `npm start` installs and builds what running
// needs, once; `npm test` fetches the pinned pnpm and installs everything. What is installed is what the lockfile says.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { check } from './checks.mjs'
import { buildFolder, madeBefore, prepareInstall, recordMade } from './start/made.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const BUILD = buildFolder(ROOT)
const NPM_CI = ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
const INSTALL_FAILED = 'Installing the dependencies failed; the lines above say why.'
const [task = '', ...rest] = process.argv.slice(2)
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined
const env = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  npm_config_update_notifier: 'false',
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Node 20.19 or newer is needed; this is ${process.version}. See https://nodejs.org.`)
}
if (task === 'start') await start()
else if (task === 'test') process.exit(await test())
else fail(`Unknown task "${task}". Try: npm start, npm test.`)

/** Only what running needs, in `build`: no tools of the tests, and nothing that is there already. */
async function start() {
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(readFileSync(join(ROOT, 'apps/demo/help.txt'), 'utf8'))
    return
  }
  const before = madeBefore(ROOT)
  if (before.install !== 'done') {
    say('install')
    prepareInstall(ROOT)
    if (run('npm', [...NPM_CI, '--prefix', BUILD]) !== 0) fail(INSTALL_FAILED)
  }
  if (before.build !== 'done') {
    say('build')
    if (run('node', [join(ROOT, 'scripts/start/build.mjs'), ROOT, BUILD]) !== 0) fail('The build failed.')
    recordMade(ROOT)
  }
  const demo = join(BUILD, 'dist/demo.js')
  process.argv = [process.execPath, demo, ...rest]
  whenLeftAlone(() => process.kill(process.pid, 'SIGTERM'))
  // In this process: a second Node would take as long to start as this one did. It ends the process itself.
  await import(pathToFileURL(demo).href)
}

/** Everything, with the pinned pnpm. */
async function test() {
  if (process.env.HOLDFAST_BOOTSTRAPPED === undefined) {
    // turbo and others look for pnpm on PATH: npx puts the pinned one there.
    const pnpm = ['--yes', `--package=${manifest.packageManager}`, '--']
    const again = ['node', fileURLToPath(import.meta.url), task, ...rest]
    return serve('npx', [...pnpm, ...again], { HOLDFAST_BOOTSTRAPPED: '1' })
  }
  const started = performance.now()
  say('install')
  const install = ['install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn']
  if (run('pnpm', install) !== 0) fail(INSTALL_FAILED)
  return check({ root: ROOT, env, colour, installMs: performance.now() - started })
}

function run(command, args, extra = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...env, ...extra } })
  if (error !== undefined) fail(`Could not run ${command}: ${error.message}`)
  if (signal !== null) return signal === 'SIGINT' ? 130 : 143
  return status ?? 1
}

/** Runs something that ends itself in its own time: passes signals on and waits. */
function serve(command, args, extra = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...env, ...extra } })
  // Ctrl+C reaches the whole group, the child as well; to pass it on would make it two.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  const watch = whenLeftAlone(() => child.kill('SIGTERM'))
  return new Promise((resolve) => {
    child.once('error', (error) => fail(`Could not run ${command}: ${error.message}`))
    child.once('exit', (code, signal) => {
      clearInterval(watch)
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143))
    })
  })
}

/** npm does not pass a SIGTERM on: whoever started this is gone, and nothing is to be left running. */
function whenLeftAlone(end) {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    end()
  }, 500)
  return watch
}

function say(text) {
  process.stdout.write(colour ? `\n\u001b[1m▸ ${text}\u001b[0m\n` : `\n▸ ${text}\n`)
}

function fail(sentence) {
  process.stderr.write(`\n${sentence}\n`)
  process.exit(1)
}
