import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { bundle } from './bundle.ts'

/** Packages that run anywhere: bundled for no platform in particular, they name nothing of Node's. */
const NEUTRAL = [
  '@holdfast/acp',
  '@holdfast/contract',
  '@holdfast/contract/channel',
  '@holdfast/contract/over-http',
  '@holdfast/core',
  '@holdfast/core/codecs',
  '@holdfast/protocol/acp',
  '@holdfast/protocol/hub',
  '@holdfast/protocol/hub/rest',
  '@holdfast/protocol/sessions',
  '@holdfast/protocol/tracker',
  '@holdfast/protocol/shell',
  '@holdfast/shell-framing',
  '@holdfast/terminal',
  '@holdfast/transport-browser',
  '@holdfast/transport-sse',
  '@holdfast/transport-sse/fallback',
  '@holdfast/transport-sse/over-http',
  '@holdfast/transport-stream',
  '@holdfast/testkit',
  '@holdfast/hub',
  '@holdfast/hub/tabs',
  '@holdfast/sessions',
  '@holdfast/tracker',
  '@holdfast/shell',
  '@holdfast/websocket',
  '@holdfast/outbox-indexeddb',
  '@holdfast/tabs',
  '@holdfast/tabs/worker-page',
]

it.each(NEUTRAL)('the entry %s bundles for any runtime', async (name) => {
  const { external } = await bundle(`import * as all from '${name}'; globalThis.all = all`)
  expect(external).toEqual([])
})

it.each(NEUTRAL)('the entry %s leaves nothing behind when nothing of it is used', async (name) => {
  const { text } = await bundle(`import '${name}'`)
  expect(text.trim()).toBe('')
})

it('every published package says what publishing needs', () => {
  const packages = new URL('../../packages/', import.meta.url)
  for (const name of readdirSync(packages)) {
    const manifest = JSON.parse(readFileSync(new URL(`${name}/package.json`, packages), 'utf8'))
    expect(manifest, name).toMatchObject({
      name: `@holdfast/${name}`,
      type: 'module',
      license: 'MIT',
      sideEffects: false,
    })
    expect(Object.keys(manifest.publishConfig.exports), name).toEqual(Object.keys(manifest.exports))
    expect(JSON.stringify(manifest.publishConfig), name).not.toContain('@holdfast/source')
  }
})
