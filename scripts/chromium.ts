// The Chromium that browser tests run in: the one that is installed as a package and needs nothing from the system, so that
// what else a machine has makes no difference; or $HOLDFAST_CHROMIUM, for a machine that cannot run it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = rootAbove(dirname(fileURLToPath(import.meta.url)))
const CACHE = join(ROOT, 'node_modules/.cache')
const require = createRequire(join(ROOT, 'package.json'))

/** How to start Chromium. Understood by playwright's `launch()`. */
export interface ChromiumLaunch {
  readonly executablePath: string
  readonly args: string[]
  readonly env: Record<string, string>
}

/** `--no-sandbox`: tests also run as root and in containers. The others keep it from talking to anyone. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Says where Chromium is; `installChromium()` sees to it that it is there. */
export function chromiumLaunch(): ChromiumLaunch {
  const env = inherited()
  const installed = chosenChromium()
  if (installed !== undefined) return { executablePath: installed, args: ARGS, env }
  const folder = unpackedFolder()
  const libraries = [join(folder, 'al2023/lib'), env['LD_LIBRARY_PATH']].filter((path) => path !== undefined)
  return {
    executablePath: join(folder, 'chromium'),
    args: ARGS,
    env: { ...env, LD_LIBRARY_PATH: libraries.join(':'), FONTCONFIG_FILE: fontsFile(folder) },
  }
}

/** Unpacks the packaged Chromium once, where it is the one to use. Others that do the same at the same time do no harm. */
export function installChromium(): void {
  const folder = unpackedFolder()
  if (chosenChromium() !== undefined) return
  if (existsSync(folder)) return describeFonts(folder)
  mkdirSync(CACHE, { recursive: true })
  const staging = mkdtempSync(join(CACHE, 'chromium-'))
  try {
    unpack(staging)
    describeFonts(staging)
    renameSync(staging, folder)
  } catch (error) {
    rmSync(staging, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
}

/** It unpacks into the temporary folder, and with its own libraries only where it believes to be in AWS Lambda. */
function unpack(folder: string): void {
  const entry = pathToFileURL(require.resolve('@sparticuz/chromium')).href
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', `await (await import(${JSON.stringify(entry)})).default.executablePath()`],
    { env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' }, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`Unpacking Chromium failed: ${stderr}`)
}

function fontsFile(folder: string): string {
  return join(folder, 'fonts/holdfast.conf')
}

/** The configuration that comes with it looks for fonts where none are; without any, a page with a text field ends it. */
function describeFonts(folder: string): void {
  const file = fontsFile(folder)
  if (existsSync(file)) return
  const home = join(unpackedFolder(), 'fonts')
  const parts = [`<dir>${home}/fonts</dir>`, '<dir>/usr/share/fonts</dir>', `<cachedir>${home}/cache</cachedir>`]
  writeFileSync(file, `<?xml version="1.0"?>\n<fontconfig>\n${parts.join('\n')}\n</fontconfig>\n`)
}

function chosenChromium(): string | undefined {
  const path = process.env['HOLDFAST_CHROMIUM'] ?? ''
  if (path === '') return undefined
  if (!existsSync(path)) throw new Error(`HOLDFAST_CHROMIUM: there is no file ${path}.`)
  return path
}

function unpackedFolder(): string {
  const manifest = join(ROOT, 'node_modules/@sparticuz/chromium/package.json')
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
  return join(CACHE, `chromium-${version}`)
}

/** Looked for, since this file may run from a bundle elsewhere in the repository. */
function rootAbove(folder: string): string {
  return existsSync(join(folder, 'pnpm-workspace.yaml')) ? folder : rootAbove(dirname(folder))
}

function inherited(): Record<string, string> {
  const entries = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return Object.fromEntries(entries)
}
