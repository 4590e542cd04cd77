import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const place = mkdtempSync(join(tmpdir(), 'holdfast-first-steps-'))
/** What `npm start` makes, and where it is installed after `npm pack`. */
const built = join(place, 'build')
const installed = join(place, 'installed')
const HOLDFAST = join(installed, 'node_modules/.bin/holdfast')
const QUICK = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'] as const

afterAll(() => rmSync(place, { recursive: true, force: true }), 60_000)

it('`npm start -- --help` answers without installing or building anything', async () => {
  const { stdout } = await run(process.execPath, [join(root, 'scripts/bootstrap.mjs'), 'start', '--help'], {
    env: { ...process.env, PATH: '/nowhere' },
  })
  expect(stdout).toContain('Usage: npm start')
})

it('the `holdfast` of a checkout says what to do where nothing is built', async () => {
  const scripts = join(place, 'bare/scripts')
  mkdirSync(scripts, { recursive: true })
  copyFileSync(join(root, 'scripts/holdfast.mjs'), join(scripts, 'holdfast.mjs'))
  const failed = await run('node', [join(scripts, 'holdfast.mjs'), '--version']).catch((error: unknown) => error)
  expect(failed).toMatchObject({ code: 1, stderr: 'holdfast: nothing is built here yet. Run: npm start\n' })
})

describe('what `npm start` makes', () => {
  let imported: readonly string[]

  beforeAll(async () => {
    mkdirSync(built)
    for (const name of ['package.json', 'package-lock.json']) {
      copyFileSync(join(root, 'scripts/start', name), join(built, name))
    }
    await run('npm', ['ci', ...QUICK], { cwd: built })
    const { build }: { build(root: string, folder: string): Promise<readonly string[]> } = await import(
      join(root, 'scripts/start/build.mjs')
    )
    imported = await build(root, built)
    await run('npm', ['pack', '--pack-destination', place], { cwd: built })
    mkdirSync(installed)
    writeFileSync(join(installed, 'package.json'), '{ "private": true }')
    const { version }: { readonly version: string } = JSON.parse(readFileSync(join(built, 'package.json'), 'utf8'))
    await run('npm', ['install', ...QUICK, join(place, `holdfast-cli-${version}.tgz`)], { cwd: installed })
  }, 300_000)

  it('imports only packages that are installed with it', () => {
    const manifest: { dependencies: Record<string, string> } = JSON.parse(
      readFileSync(join(built, 'package.json'), 'utf8'),
    )
    expect(Object.keys(manifest.dependencies)).toEqual(expect.arrayContaining([...imported]))
  })

  it('runs after `npm pack` and `npm install`, with the console and shells of its gateway', async () => {
    expect((await run(HOLDFAST, ['--version'])).stdout).toMatch(/^holdfast \d+\.\d+\.\d+ /)
    const gateway = spawn(HOLDFAST, ['serve', '--json', '--port', '0', '--data', join(place, 'data')], {
      env: { PATH: process.env['PATH'], HOME: place, SHELL: '/bin/sh', HOLDFAST_TOKENS: 't' },
    })
    try {
      const url = await listening(gateway)
      const page = await fetch(`${url}/`)
      expect(await page.text()).toContain('assets/')
      const env = { PATH: process.env['PATH'], HOLDFAST_URL: url, HOLDFAST_TOKEN: 't' }
      // In pipes, and in a terminal: both of the ways in which the gateway runs programs.
      expect((await run(HOLDFAST, ['shell', '--', 'echo', 'piped'], { env })).stdout).toBe('piped\n')
      expect((await run(HOLDFAST, ['shell', '-t', '--', 'echo', 'typed'], { env })).stdout).toContain('typed')
    } finally {
      gateway.kill('SIGTERM')
      await once(gateway, 'exit')
    }
  }, 60_000)
})

async function listening(gateway: ChildProcess): Promise<string> {
  if (gateway.stdout === null) throw new Error('expected an output')
  const [line] = await once(createInterface({ input: gateway.stdout }), 'line')
  const { url }: { readonly url: string } = JSON.parse(String(line))
  return url
}
