import { installChromium } from './chromium.ts'

/** vitest's global setup of the browser tests. */
export function setup(): void {
  installChromium()
}
