import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Manifest, manifestIn, PACKAGES, packInto } from './packed.ts'

const root = join(import.meta.dirname, '../..')
const place = mkdtempSync(join(tmpdir(), 'holdfast-cost-'))
const document = join(root, 'docs/what-installing-brings.md')
/** What the table is for: elsewhere other native files are installed. */
const isItsSystem = process.platform === 'linux' && process.arch === 'x64'
/** A figure stays as it is written down until it is off by more than this. */
const TOLERANCE = { share: 0.15, megabytes: 0.15 }

beforeAll(() => packInto(place), 300_000)
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** One package that is installed. */
interface Part {
  readonly name: string
  readonly bytes: number
  readonly isNative: boolean
}

/** What installing a package alone installs, itself among it. */
function closureOf(folder: string, found = new Map<string, Part>()): ReadonlyMap<string, Part> {
  const real = realpathSync(folder)
  if (found.has(real)) return found
  const manifest = manifestIn(real)
  found.set(real, partOf(manifest, real))
  const wanted = { ...manifest.dependencies, ...manifest.optionalDependencies }
  for (const name of Object.keys(wanted)) {
    const next = installedFrom(real, name)
    // What is optional and for another system is not there.
    if (next !== undefined) closureOf(next, found)
    else if (manifest.dependencies?.[name] !== undefined && manifest.optionalDependencies?.[name] === undefined) {
      throw new Error(`${manifest.name} needs ${name}, which is not installed`)
    }
  }
  return found
}

/** As Node.js looks for it: in each folder above. */
function installedFrom(folder: string, name: string): string | undefined {
  const found = join(folder, 'node_modules', name)
  if (existsSync(found)) return found
  const above = dirname(folder)
  return above === folder ? undefined : installedFrom(above, name)
}

function partOf({ name, version }: Manifest, folder: string): Part {
  if (name.startsWith('@holdfast/')) {
    const file = `${name.slice(1).replace('/', '-')}-${version}.tgz`
    return { name, bytes: unpackedBytes(readFileSync(join(place, file))), isNative: false }
  }
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = all.filter((file) => !/(^|\/)node_modules(\/|$)/.test(file))
  const sizes = files.map((file) => statSync(join(folder, file))).filter((stats) => stats.isFile())
  return {
    name,
    bytes: sizes.reduce((sum, { size }) => sum + size, 0),
    isNative: files.some((file) => file.endsWith('.node')),
  }
}

/** The sizes in the headers of a tarball: 512 bytes for each file, then its content in blocks of as many. */
function unpackedBytes(tarball: Buffer): number {
  const tar = gunzipSync(tarball)
  let total = 0
  for (let at = 0; tar[at] !== 0 && at < tar.length; ) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8)
    total += size
    at += 512 + Math.ceil(size / 512) * 512
  }
  return total
}

/** The figure that is written down, where it is near enough. */
function megabytes(name: string, bytes: number, written: string): string {
  const now = bytes / 1e6
  const row = written.split('\n').find((line) => line.startsWith(`| \`@holdfast/${name}\` |`))
  const before = row?.split('|')[3]?.trim() ?? ''
  const isNear = Math.abs(Number(before) - now) <= Math.max(TOLERANCE.megabytes, now * TOLERANCE.share)
  return before !== '' && isNear ? before : now.toFixed(1)
}

/** `vitest run --project packaging install-cost -u` writes the table anew. */
it.runIf(isItsSystem)(
  'docs/what-installing-brings.md says what each package brings when it is installed alone',
  async () => {
    const written = existsSync(document) ? readFileSync(document, 'utf8') : ''
    const rows = PACKAGES.map((name) => {
      const parts = [...closureOf(join(root, 'packages', name)).values()]
      const size = megabytes(
        name,
        parts.reduce((sum, { bytes }) => sum + bytes, 0),
        written,
      )
      const others = parts.filter((part) => !part.name.startsWith('@holdfast/'))
      const native = others.filter(({ isNative }) => isNative).map((part) => `\`${part.name}\``)
      return `| \`@holdfast/${name}\` | ${parts.length} | ${size} | ${others.length} | ${native.sort().join(', ') || 'none'} |`
    })
    const lines = [
      '# What installing brings',
      '',
      'Each package installed alone into an empty project, on Linux x64 in Node.js 20: how many packages are there afterwards, itself',
      'among them, what they take on disk, how many of them are not ours, and which have native code. Nothing is compiled and nothing',
      'runs while installing. Peers that one may leave out (`zod`, `vitest`, `ws` …) do not count. A test holds this table.',
      '',
      '| package | packages | MB | of others | native code |',
      '|---|---|---|---|---|',
      ...rows,
    ]
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(document)
  },
)
