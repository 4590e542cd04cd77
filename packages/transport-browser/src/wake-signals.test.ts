import { expect, it } from 'vitest'
import { browserWakeSignals, type PageEvent } from './wake-signals.ts'

/** A target that counts who listens. */
class Target {
  readonly listeners = new Set<readonly [string, (event: PageEvent) => void]>()

  addEventListener(type: string, listener: (event: PageEvent) => void): void {
    this.listeners.add([type, listener])
  }

  removeEventListener(type: string, listener: (event: PageEvent) => void): void {
    for (const entry of this.listeners) if (entry[0] === type && entry[1] === listener) this.listeners.delete(entry)
  }

  fire(type: string, persisted?: boolean): void {
    for (const [name, listener] of [...this.listeners]) if (name === type) listener({ type, persisted })
  }
}

function page() {
  const document = Object.assign(new Target(), { visibilityState: 'visible' })
  return Object.assign(new Target(), { document, navigator: { onLine: true } })
}

it('the wake signals of a page report what happens to it, and stop on request', () => {
  const window = page()
  const heard: string[] = []
  const leave = browserWakeSignals({ window }).subscribe((signal) => heard.push(signal))
  window.fire('offline')
  window.fire('online')
  window.fire('focus')
  window.document.visibilityState = 'hidden'
  window.document.fire('visibilitychange')
  window.document.fire('freeze')
  window.document.fire('resume')
  window.document.visibilityState = 'visible'
  window.document.fire('visibilitychange')
  window.document.fire('resume')
  expect(heard).toEqual(['offline', 'online', 'wake', 'hidden', 'freeze', 'wake', 'visible', 'restore'])
  leave()
  expect([window.listeners.size, window.document.listeners.size]).toEqual([0, 0])
})

it('the wake signals of a page report only pages that go into the back/forward cache and come back', () => {
  const window = page()
  const heard: string[] = []
  browserWakeSignals({ window }).subscribe((signal) => heard.push(signal))
  window.fire('pagehide', false)
  window.fire('pageshow', false)
  expect(heard).toEqual([])
  window.fire('pagehide', true)
  window.fire('pageshow', true)
  expect(heard).toEqual(['freeze', 'restore'])
})

it('the wake signals of a page knows whether there is a network and whether the page is seen', () => {
  const window = page()
  const signals = browserWakeSignals({ window })
  expect([signals.online, signals.visible]).toEqual([true, true])
  window.navigator.onLine = false
  window.document.visibilityState = 'hidden'
  expect([signals.online, signals.visible]).toEqual([false, false])
})

it('the wake signals of a page is silent and hopeful where there is no page', () => {
  const signals = browserWakeSignals()
  expect([signals.online, signals.visible]).toEqual([true, true])
  signals.subscribe(() => {})()
  const worker = new Target()
  const heard: string[] = []
  browserWakeSignals({ window: worker }).subscribe((signal) => heard.push(signal))
  worker.fire('online')
  expect(heard).toEqual(['online'])
})
