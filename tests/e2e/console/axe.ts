import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright'
import { expect } from 'vitest'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const COLOURS = '{ runOnly: ["color-contrast"] }'
/** What can be pressed. */
const PRESSED = 'button, summary'

/** What axe finds, of every impact; the rest of `axe.run`'s arguments as text. */
async function findings(page: Page, where: string, rest: string): Promise<readonly string[]> {
  const found: unknown = await page.evaluate(
    `axe.run(${rest}).then(({violations}) => violations.map(({id, nodes}) => id + ": " + nodes.map(({html}) => html.slice(0, 140)).join(" | ")))`,
  )
  if (!Array.isArray(found)) throw new Error('axe gave no result')
  return found.map((fault) => `${where}: ${fault}`)
}

/** Everything in light; in dark the colours, which are all that differs. */
export async function look(page: Page, where: string): Promise<readonly string[]> {
  await bringAxe(page)
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await findings(page, `light ${where}`, 'document, { resultTypes: ["violations"] }')
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await findings(page, `dark ${where}`, `document, ${COLOURS}`)
  return [...light, ...dark]
}

async function bringAxe(page: Page): Promise<void> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(AXE)
}

/** How a mouse is at what can be pressed: pressed in all the checks, and only over it too in the long form. */
const HOW = [
  ['pressed', ['hover', 'active']],
  ...(process.env['HOLDFAST_LONG'] === '1' ? [['under the mouse', ['hover']] as const] : []),
] as const

/** Colours of everything that can be pressed, as it is under the mouse, and pressed: all of it at once. */
export async function hovered(page: Page, where: string): Promise<readonly string[]> {
  await bringAxe(page)
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('DOM.enable')
  await devtools.send('CSS.enable')
  const faults: string[] = []
  for (const [how, forcedPseudoClasses] of HOW) {
    const { root } = await devtools.send('DOM.getDocument')
    const { nodeIds } = await devtools.send('DOM.querySelectorAll', { nodeId: root.nodeId, selector: PRESSED })
    for (const nodeId of nodeIds) {
      const forced = devtools.send('CSS.forcePseudoState', { nodeId, forcedPseudoClasses: [...forcedPseudoClasses] })
      // It may have been drawn anew meanwhile.
      await forced.catch((error: Error) => expect(error.message).toContain('Could not find node'))
    }
    const state = forcedPseudoClasses.map((name) => `:${name}`).join('')
    const shown = await page.locator(`:is(${PRESSED})${state}:visible`).count()
    if (shown === 0) faults.push(`${where}: nothing could be ${how}`)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      faults.push(
        ...(await findings(page, `${colorScheme} ${how}, ${where}`, `${JSON.stringify(PRESSED)}, ${COLOURS}`)),
      )
    }
  }
  await devtools.detach()
  return faults
}
