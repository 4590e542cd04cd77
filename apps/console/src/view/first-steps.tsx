import { useState } from 'preact/hooks'
import type { Demo } from '../state/demo.ts'
import type { Session } from '../state/session.ts'

const KEY = 'holdfast.steps-done'

/** Shows a newcomer of the demonstration what there is to see, until dismissed. */
export function FirstSteps({ demo, session }: { readonly demo: Demo; readonly session: Session | undefined }) {
  const [isGone, setGone] = useState(() => sessionStorage.getItem(KEY) !== null)
  if (isGone) return null
  const close = (): void => {
    sessionStorage.setItem(KEY, '1')
    setGone(true)
  }
  const received = session?.count?.down.report.received ?? 0
  const isBack = demo.count > 0 && (session?.client.metrics.opens ?? 0) > 1 && session?.client.isConnected === true
  const steps: readonly (readonly [isDone: boolean, text: preact.ComponentChildren])[] = [
    [received > 0, 'A program on this machine counts, and its lead tells you every number.'],
    [
      demo.count > 0,
      <>
        Press <strong>Cut</strong>: every connection between you, the lead and the gateway is broken.
      </>,
    ],
    [isBack, 'It comes back by itself, with everything that happened meanwhile. Lost and doubled stay 0.'],
    [
      (session?.answered ?? 0) > 0,
      <>
        Before it writes, the lead asks: press <strong>Allow</strong>. It waits for 20 s and goes on without you.
      </>,
    ],
  ]
  return (
    <section class="first-steps" aria-label="First steps">
      <ol>
        {steps.map(([isDone, text], index) => (
          <li key={index} class={isDone ? 'done' : undefined}>
            {text}
          </li>
        ))}
      </ol>
      <button type="button" class="quiet" onClick={close}>
        {isBack ? 'Done' : 'Hide'}
      </button>
    </section>
  )
}
